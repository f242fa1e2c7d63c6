package io.flotilla.router.route;

/// What stores take on this node.
///
/// @param storeBytes of the files
/// @param usedBytes of them that hold something; not above `storeBytes`
public record StoreSizes(long storeBytes, long usedBytes) {
  public static final StoreSizes NONE = new StoreSizes(0, 0);

  public StoreSizes {
    if (usedBytes < 0 || usedBytes > storeBytes) {
      throw new IllegalArgumentException("what is used is a part of the file");
    }
  }

  public StoreSizes plus(StoreSizes other) {
    return new StoreSizes(storeBytes + other.storeBytes(), usedBytes + other.usedBytes());
  }
}
