package io.flotilla.node.storage;

import java.util.function.Consumer;

/// The lines of a check, counting problems and files on the way.
final class CheckLines {
  private final Consumer<String> lines;
  private int files;
  private int problems;

  CheckLines(Consumer<String> lines) {
    this.lines = lines;
  }

  /// One file: how much it holds, and whether it is as it should be.
  void file(String name, String counts, boolean sound) {
    files++;
    lines.accept(name + ": " + counts + (sound ? ": sound" : ": DAMAGED"));
  }

  void note(String text) {
    lines.accept(text);
  }

  /// Something that keeps a node from starting, or from being right.
  ///
  /// @param text names the file, the place if there is one, and the reason
  void problem(String text) {
    problems++;
    lines.accept("PROBLEM " + text);
  }

  /// The last line; returns whether all is sound.
  boolean finish() {
    boolean sound = problems == 0;
    lines.accept(
        sound
            ? "sound: " + files + " files"
            : "damaged: " + problems + " problems in " + files + " files");
    return sound;
  }
}
