package io.flotilla.node.run;

/// What this node calls itself.
public final class Versions {
  public static final String FLOTILLA = "0.1.0";

  /// The release of etcd whose API this is: what `Status` and `/version` report, because clients
  /// decide by it which calls they may use.
  public static final String ETCD = "3.7.1";

  /// The minor release, as cluster and storage versions are written.
  public static final String ETCD_MINOR = "3.7.0";

  private Versions() {}
}
