package io.flotilla.node.storage;

import java.util.function.Consumer;

/// Gathers text until a line is complete.
final class LineSplitter implements Appendable {
  private final Consumer<String> lines;
  private final StringBuilder rest = new StringBuilder();

  LineSplitter(Consumer<String> lines) {
    this.lines = lines;
  }

  @Override
  public Appendable append(CharSequence text) {
    for (int i = 0; i < text.length(); i++) {
      append(text.charAt(i));
    }
    return this;
  }

  @Override
  public Appendable append(CharSequence text, int start, int end) {
    return append(text.subSequence(start, end));
  }

  @Override
  public Appendable append(char c) {
    if (c == '\n') {
      finish();
    } else {
      rest.append(c);
    }
    return this;
  }

  /// Hands out what came after the last line's end, if anything.
  void finish() {
    if (!rest.isEmpty()) {
      lines.accept(rest.toString());
      rest.setLength(0);
    }
  }
}
