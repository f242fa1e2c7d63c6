package io.flotilla.contract;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// With `contract.churn=true` or `contract.shards=N` tests meet borders of shards. With the latter
/// every server that the suite starts has N shards besides the first one,
/// and their borders lie amid the keys of each test: what a test does to three keys concerns three
/// groups.
///
/// A border that all tests meet needs keys that all tests share. So they take turns with a few
/// prefixes and begin with what they find deleted.
final class Shards {
  /// Within each prefix; most tests use `a`, `b` and `c`.
  private static final List<String> BORDERS = List.of("", "b", "c", "m");

  private Shards() {}

  private static int count() {
    return Integer.parseInt(Servers.property("contract.shards").orElse("0"));
  }

  static boolean areShared() {
    return count() > 0 || Churn.isWanted();
  }

  /// The prefix of the keys of a test.
  ///
  /// @param run the same for all tests of this run
  static String prefix(String run, long test) {
    return ownPrefix(run, areShared() ? test % prefixes() : test);
  }

  /// For a test that others run beside.
  static String ownPrefix(String run, long test) {
    return "contract-" + run + "/" + test + "/";
  }

  /// A key amid those of the tests that share prefixes.
  static String border(String run, SplittableRandom random) {
    return ownPrefix(run, random.nextInt(prefixes())) + BORDERS.get(random.nextInt(BORDERS.size()));
  }

  private static int prefixes() {
    return Math.max(1, (count() + BORDERS.size() - 1) / BORDERS.size());
  }

  /// What a server is told about its shards.
  static List<String> flags(String run) {
    if (count() == 0) {
      return List.of();
    }
    return List.of(
        IntStream.range(0, count())
            .mapToObj(i -> ownPrefix(run, i / BORDERS.size()) + BORDERS.get(i % BORDERS.size()))
            .sorted()
            .collect(Collectors.joining(",", "initial-shards=", "")));
  }
}
