package io.flotilla.simulation.history;

/// The keys that etcd's pair `key`, `range_end` means. Keys are texts with one character for each
/// byte, so that the order of texts is the order of keys.
///
/// @param key the first key
/// @param end empty for the single key, one zero character for everything from `key` on, else the
///     first key behind the span
public record Span(String key, String end) {
  private static final String FROM_KEY = "\0";

  /// Every key.
  public static final Span ALL = new Span(FROM_KEY, FROM_KEY);

  public static Span single(String key) {
    return new Span(key, "");
  }

  /// Every key that begins with `prefix`, which ends with a character below 255.
  public static Span prefix(String prefix) {
    int last = prefix.length() - 1;
    char above = (char) (prefix.charAt(last) + 1);
    return new Span(prefix, prefix.substring(0, last) + above);
  }

  public boolean isSingle() {
    return end.isEmpty();
  }

  public boolean isUnbounded() {
    return end.equals(FROM_KEY);
  }

  public boolean contains(String candidate) {
    if (isSingle()) {
      return key.equals(candidate);
    }
    return key.compareTo(candidate) <= 0 && (isUnbounded() || candidate.compareTo(end) < 0);
  }

  @Override
  public String toString() {
    if (isSingle()) {
      return Words.of(key);
    }
    return "[" + Words.of(key) + ", " + (isUnbounded() ? "end" : Words.of(end)) + ")";
  }
}
