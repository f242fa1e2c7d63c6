package io.flotilla.storage.page;

/// What a page holds; the codes are part of the format.
public final class PageKind {
  public static final int META = 1;
  public static final int LEAF = 2;
  public static final int BRANCH = 3;

  /// A run of pages with the bytes of one large key or value.
  public static final int OVERFLOW = 4;

  /// The run with the names and roots of the trees.
  public static final int DIRECTORY = 5;

  /// The run with one bit per page of the file.
  public static final int FREE_MAP = 6;

  private PageKind() {}

  /// Whether pages of this kind come as a run: one header, then bytes over as many pages as needed.
  public static boolean isRun(int kind) {
    return kind == OVERFLOW || kind == DIRECTORY || kind == FREE_MAP;
  }

  public static String name(int kind) {
    return switch (kind) {
      case META -> "meta";
      case LEAF -> "leaf";
      case BRANCH -> "branch";
      case OVERFLOW -> "overflow";
      case DIRECTORY -> "directory";
      case FREE_MAP -> "free map";
      default -> "unknown kind " + kind;
    };
  }
}
