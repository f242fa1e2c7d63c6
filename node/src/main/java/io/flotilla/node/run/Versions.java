package io.flotilla.node.run;

import io.flotilla.router.front.ApiVersion;

/// What this program calls itself.
public final class Versions {
  public static final String FLOTILLA = "0.1.0";

  /// The release of etcd whose API it speaks.
  public static final String ETCD = ApiVersion.SERVER;

  private Versions() {}
}
