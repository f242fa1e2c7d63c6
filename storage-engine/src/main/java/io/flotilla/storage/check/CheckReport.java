package io.flotilla.storage.check;

import java.util.List;

/// The outcome of [TreeCheck].
///
/// @param sequence the checkpoint that the newest whole meta page names, -1 when there is none
/// @param usedPages pages that the newest state reaches, with the meta pages
/// @param freePages pages that its free map offers
/// @param problems empty for a sound file; at most [TreeCheck#MAX_PROBLEMS]
public record CheckReport(
    String file,
    int pageBytes,
    int filePages,
    long sequence,
    int usedPages,
    int freePages,
    List<TreeStats> trees,
    List<Problem> problems) {
  public CheckReport {
    trees = List.copyOf(trees);
    problems = List.copyOf(problems);
  }

  public boolean sound() {
    return problems.isEmpty();
  }

  /// Several lines for an operator.
  @Override
  public String toString() {
    var text = new StringBuilder();
    text.append(file).append(": ").append(filePages).append(" pages of ").append(pageBytes);
    text.append(" bytes, checkpoint ").append(sequence).append(", used ").append(usedPages);
    text.append(", free ").append(freePages).append('\n');
    for (TreeStats tree : trees) {
      text.append("  ").append(tree).append('\n');
    }
    for (Problem problem : problems) {
      text.append("  PROBLEM ").append(problem).append('\n');
    }
    return text.append(sound() ? "sound" : problems.size() + " problems").toString();
  }
}
