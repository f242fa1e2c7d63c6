package io.flotilla.contract;

/// The release line whose documented behaviour a server shows (contract section 7), oldest first.
///
/// A server is placed by the version it reports; releases after the newest line count as that line.
enum Dialect {
  V3_4,
  V3_5,
  V3_6,
  V3_7;

  /// @param version as `/version` reports it, such as `3.5.30`
  static Dialect of(String version) {
    var parts = version.split("\\.");
    if (!parts[0].equals("3")) {
      throw new IllegalArgumentException("not a version 3 server: " + version);
    }
    return switch (Integer.parseInt(parts[1])) {
      case 4 -> V3_4;
      case 5 -> V3_5;
      case 6 -> V3_6;
      default -> V3_7;
    };
  }

  boolean atLeast(Dialect other) {
    return compareTo(other) >= 0;
  }

  /// The name a start flag has in this line: flags that graduated lose a prefix in 3.6.
  ///
  /// @param flag the newest name, without dashes; may go on with `=value`
  String flag(String flag) {
    boolean graduated = flag.startsWith("watch-progress-notify-interval");
    return graduated && !atLeast(V3_6) ? "experimental-" + flag : flag;
  }

  @Override
  public String toString() {
    return name().substring(1).replace('_', '.');
  }
}
