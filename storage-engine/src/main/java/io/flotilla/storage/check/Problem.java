package io.flotilla.storage.check;

/// One thing that is wrong in a file.
///
/// @param page the page, or -1 for the file as a whole
/// @param offset byte position in the file
/// @param text the rule that does not hold
public record Problem(int page, long offset, String text) {
  @Override
  public String toString() {
    return page < 0 ? text : "page " + page + " at " + offset + ": " + text;
  }
}
