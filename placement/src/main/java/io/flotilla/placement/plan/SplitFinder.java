package io.flotilla.placement.plan;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// Where a shard is best split: as even as it can be without taking a unit of [PrefixRules] apart.
final class SplitFinder {
  /// A border, or why there is none.
  ///
  /// @param below the part of the keys or writes that stays
  record Found(@Nullable Key at, double below, String why) {
    static Found none(String why) {
      return new Found(null, 0, why);
    }
  }

  private final SplitRules rules;
  private final PrefixRules prefixes;
  private final SplitPoints points;

  SplitFinder(SplitRules rules, PrefixRules prefixes, SplitPoints points) {
    this.rules = rules;
    this.prefixes = prefixes;
    this.points = points;
  }

  /// The border with as many keys below as above.
  Found byKeys(ShardLoad shard) {
    KeyRange range = shard.range();
    long keys = points.keys(shard.group(), range);
    boolean enough = keys >= rules.minKeys();
    Key above = enough ? points.key(shard.group(), range, keys / 2) : null;
    Key below = enough ? points.key(shard.group(), range, keys / 2 - 1) : null;
    if (above == null || below == null) {
      return Found.none("it has " + keys + " keys only");
    }
    return best(
        range,
        List.of(between(below, above)),
        at -> (double) points.keys(shard.group(), new KeyRange(range.start(), at)) / keys,
        "keys that stay together are nearly all of its keys");
  }

  /// The border with as many writes below as above, by a sample.
  Found byWrites(ShardLoad shard) {
    Key[] sample =
        points.written(shard.group(), shard.range()).stream().sorted().toArray(Key[]::new);
    if (sample.length < rules.minSample()) {
      return Found.none("only " + sample.length + " of its writes are known");
    }
    List<Key> borders = new ArrayList<>();
    for (int i = 1; i < sample.length; i++) {
      if (!sample[i].equals(sample[i - 1])) {
        borders.add(between(sample[i - 1], sample[i]));
      }
    }
    return best(shard.range(), borders, at -> shareBelow(sample, at), hottest(sample));
  }

  private static double shareBelow(Key[] sorted, Key at) {
    return (double) lowerBound(sorted, at) / sorted.length;
  }

  /// How many are below a key.
  private static int lowerBound(Key[] sorted, Key at) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle].compareTo(at) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private Found best(
      KeyRange shard, List<Key> borders, ToDoubleFunction<Key> below, String excuse) {
    return borders.stream()
        .flatMap(border -> whole(border).stream())
        .filter(border -> shard.start().compareTo(border) < 0 && shard.contains(border))
        .distinct()
        .map(border -> new Found(border, below.applyAsDouble(border), ""))
        .min(Comparator.comparingDouble(found -> Math.abs(found.below() - 0.5)))
        .filter(found -> Math.min(found.below(), 1 - found.below()) >= rules.minShare())
        .orElse(Found.none(excuse));
  }

  /// The border itself, or those around the unit that it would take apart.
  private List<Key> whole(Key border) {
    if (prefixes.mayBegin(border)) {
      return List.of(border);
    }
    KeyRange unit = prefixes.unit(border);
    List<Key> around = new ArrayList<>(2);
    if (unit != null) {
      around.add(unit.start());
      if (unit.end() != null && prefixes.mayBegin(unit.end())) {
        around.add(unit.end());
      }
    }
    return around;
  }

  private String hottest(Key[] sorted) {
    int most = 0;
    int same = 0;
    for (int i = 0; i < sorted.length; i++) {
      same = i > 0 && sorted[i].equals(sorted[i - 1]) ? same + 1 : 1;
      most = Math.max(most, same);
    }
    double share = (double) most / sorted.length;
    return share > 1 - 2 * rules.minShare()
        ? String.format(Locale.ROOT, "one key takes %.0f %% of its writes", 100 * share)
        : "keys that stay together take nearly all of its writes";
  }

  /// The shortest key above `below` and not above `above`: borders are kept in the map.
  static Key between(Key below, Key above) {
    int same = Math.max(0, Arrays.mismatch(below.bytes(), above.bytes()));
    return Key.of(Arrays.copyOf(above.bytes(), Math.min(same + 1, above.length())));
  }
}
