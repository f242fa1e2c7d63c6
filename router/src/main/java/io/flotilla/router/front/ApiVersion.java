package io.flotilla.router.front;

/// The versions that this server stands for towards clients: those of the etcd whose API it speaks.
/// Clients choose features by them, so they are purely dotted integers.
public final class ApiVersion {
  public static final String SERVER = "3.7.1";
  public static final String CLUSTER = "3.7.0";
  public static final String STORAGE = "3.7.0";

  /// The cluster's version without its last number.
  public static final String CLUSTER_MINOR = "3.7";

  /// The only version that a cluster of this version could be taken down to.
  public static final int DOWNGRADE_MAJOR = 3;

  public static final int DOWNGRADE_MINOR = 6;

  private ApiVersion() {}
}
