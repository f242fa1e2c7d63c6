package io.flotilla.contract;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The tests of this class, or this test, change state that is global to a server or need other
/// flags, so they get a fresh server of their own.
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
@interface OwnServer {
  /// Start flags as `name=value`, with the newest flag names.
  String[] value() default {};
}
