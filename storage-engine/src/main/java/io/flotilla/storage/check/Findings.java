package io.flotilla.storage.check;

import java.util.ArrayList;
import java.util.List;

/// Collects problems, up to a bound.
final class Findings {
  private final List<Problem> problems = new ArrayList<>();
  private final int pageBytes;

  Findings(int pageBytes) {
    this.pageBytes = pageBytes;
  }

  void add(int page, String text) {
    add(page, 0, text);
  }

  void add(int page, int offsetInPage, String text) {
    if (problems.size() < TreeCheck.MAX_PROBLEMS) {
      long offset = page < 0 ? 0 : (long) page * pageBytes + offsetInPage;
      problems.add(new Problem(page, offset, text));
    }
  }

  /// Reports unless the rule holds; returns whether it does.
  boolean require(boolean holds, int page, String rule) {
    if (!holds) {
      add(page, rule);
    }
    return holds;
  }

  List<Problem> problems() {
    return problems;
  }
}
