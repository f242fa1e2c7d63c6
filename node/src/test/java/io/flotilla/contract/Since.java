package io.flotilla.contract;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The test states behaviour that starts with a release line; on older servers it is reported as a
/// failed assumption with the reason.
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
@interface Since {
  Dialect value();

  /// What older servers do instead.
  String because();
}
