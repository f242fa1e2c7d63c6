package io.flotilla.contract;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The test states behaviour that ended with a release line; on servers of that line or a newer one
/// it is reported as a failed assumption with the reason.
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
@interface Before {
  Dialect value();

  /// What newer servers do instead.
  String because();
}
