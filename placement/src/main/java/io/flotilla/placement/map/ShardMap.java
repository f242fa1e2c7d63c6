package io.flotilla.placement.map;

import io.flotilla.base.Epoch;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Which group serves which keys at one epoch: shards in key order that cover every key exactly
/// once. Immutable; each change is a new map of the next epoch.
///
/// @param shards by start, ascending, without gap or overlap
public record ShardMap(Epoch epoch, List<Shard> shards) {
  private static final Key LOWEST = KeyRange.ALL.start();

  /// @throws IllegalArgumentException when the shards do not cover every key once
  public ShardMap {
    shards = List.copyOf(shards);
    checkCover(shards);
  }

  /// The map of a new cluster: the root group serves every key.
  public static ShardMap initial() {
    return new ShardMap(Epoch.FIRST, List.of(new Shard(KeyRange.ALL, GroupId.ROOT)));
  }

  /// The shard that holds `key`. O(log n).
  public Shard locate(Key key) {
    return shards.get(indexOf(key));
  }

  /// The shards that hold keys of `range`, in key order; none for an empty range. O(log n) and the
  /// shards found.
  public List<Shard> locate(KeyRange range) {
    if (range.isEmpty()) {
      return List.of();
    }
    int first = indexOf(range.start());
    int last = first;
    while (last + 1 < shards.size() && startsInside(shards.get(last + 1), range)) {
      last++;
    }
    return shards.subList(first, last + 1);
  }

  /// The only group that serves keys of `range`, or null when several do (or none: empty range).
  public @Nullable GroupId onlyGroup(KeyRange range) {
    List<Shard> found = locate(range);
    if (found.isEmpty()) {
      return null;
    }
    GroupId group = found.getFirst().group();
    return found.stream().allMatch(shard -> shard.group().equals(group)) ? group : null;
  }

  /// The groups that serve keys, ascending.
  public SortedSet<GroupId> groups() {
    var groups = new TreeSet<GroupId>();
    shards.forEach(shard -> groups.add(shard.group()));
    return groups;
  }

  /// What a group serves: ascending, apart from each other, and no two of them touch; none for a
  /// group without shards. O(n).
  public List<KeyRange> ranges(GroupId group) {
    List<KeyRange> ranges = new ArrayList<>();
    for (Shard shard : shards) {
      if (shard.group().equals(group)) {
        join(ranges, shard.range());
      }
    }
    return ranges;
  }

  /// Adds a range that begins at or behind the end of the last one.
  private static void join(List<KeyRange> ranges, KeyRange next) {
    if (!ranges.isEmpty() && next.start().equals(ranges.getLast().end())) {
      next = new KeyRange(ranges.removeLast().start(), next.end());
    }
    ranges.add(next);
  }

  /// The same cover with `range`, which one group serves, served by `to`. Neighbouring shards of
  /// one group become one.
  ///
  /// @throws IllegalArgumentException when the range is empty, several groups serve it, or `to`
  ///     already does
  public ShardMap handOver(KeyRange range, GroupId to) {
    GroupId from = onlyGroup(range);
    if (from == null || from.equals(to)) {
      throw new IllegalArgumentException("one group hands a range over to another: " + range);
    }
    List<Shard> changed = new ArrayList<>(shards.size() + 2);
    for (Shard shard : shards) {
      if (!shard.group().equals(from)) {
        join(changed, shard);
        continue;
      }
      KeyRange own = shard.range();
      joinUnlessEmpty(changed, own.start(), lower(own.end(), range.start()), from);
      Key start = higher(own.start(), range.start());
      joinUnlessEmpty(changed, start, lower(own.end(), range.end()), to);
      if (range.end() != null) {
        joinUnlessEmpty(changed, higher(own.start(), range.end()), own.end(), from);
      }
    }
    return new ShardMap(epoch.next(), changed);
  }

  private static void joinUnlessEmpty(
      List<Shard> shards, Key start, @Nullable Key end, GroupId group) {
    var range = new KeyRange(start, end);
    if (!range.isEmpty()) {
      join(shards, new Shard(range, group));
    }
  }

  private static void join(List<Shard> shards, Shard next) {
    if (!shards.isEmpty() && shards.getLast().group().equals(next.group())) {
      var range = new KeyRange(shards.removeLast().range().start(), next.range().end());
      next = new Shard(range, next.group());
    }
    shards.add(next);
  }

  private static Key higher(Key a, Key b) {
    return a.compareTo(b) >= 0 ? a : b;
  }

  /// The lower end; null is unbounded.
  private static @Nullable Key lower(@Nullable Key a, @Nullable Key b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    return a.compareTo(b) <= 0 ? a : b;
  }

  /// The same cover with a border at `at`: keys from there to the end of their shard belong to
  /// `upper`.
  ///
  /// @throws IllegalArgumentException when a shard already starts at `at`
  public ShardMap split(Key at, GroupId upper) {
    int index = indexOf(at);
    Shard shard = shards.get(index);
    if (shard.range().start().equals(at)) {
      throw new IllegalArgumentException("a shard already starts at the split key");
    }
    var changed = new ArrayList<>(shards);
    changed.set(index, new Shard(new KeyRange(shard.range().start(), at), shard.group()));
    changed.add(index + 1, new Shard(new KeyRange(at, shard.range().end()), upper));
    return new ShardMap(epoch.next(), changed);
  }

  /// The same cover without the border at `at`: the group of the lower shard serves both.
  ///
  /// @throws IllegalArgumentException when no shard but the first starts at `at`
  public ShardMap merge(Key at) {
    int index = indexOfStart(at);
    if (index == 0) {
      throw new IllegalArgumentException("the first shard has no lower neighbour");
    }
    Shard lower = shards.get(index - 1);
    Shard upper = shards.get(index);
    var changed = new ArrayList<>(shards);
    changed.remove(index);
    changed.set(
        index - 1,
        new Shard(new KeyRange(lower.range().start(), upper.range().end()), lower.group()));
    return new ShardMap(epoch.next(), changed);
  }

  /// The same shards, with the one that starts at `start` served by `to`.
  ///
  /// @throws IllegalArgumentException when no shard starts there or `to` already serves it
  public ShardMap move(Key start, GroupId to) {
    int index = indexOfStart(start);
    Shard shard = shards.get(index);
    if (shard.group().equals(to)) {
      throw new IllegalArgumentException("the group already serves the shard");
    }
    var changed = new ArrayList<>(shards);
    changed.set(index, new Shard(shard.range(), to));
    return new ShardMap(epoch.next(), changed);
  }

  private int indexOfStart(Key start) {
    int index = indexOf(start);
    if (!shards.get(index).range().start().equals(start)) {
      throw new IllegalArgumentException("no shard starts at the key");
    }
    return index;
  }

  /// The last shard whose start is at or below `key`.
  private int indexOf(Key key) {
    int low = 0;
    int high = shards.size() - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (shards.get(middle).range().start().compareTo(key) <= 0) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private static boolean startsInside(Shard shard, KeyRange range) {
    Key end = range.end();
    return end == null || shard.range().start().compareTo(end) < 0;
  }

  private static void checkCover(List<Shard> shards) {
    require(!shards.isEmpty(), "a map has shards");
    @Nullable Key border = LOWEST;
    for (Shard shard : shards) {
      require(shard.range().start().equals(border), "a shard starts where the last one ends");
      border = shard.range().end();
    }
    require(border == null, "the last shard reaches the end of the key space");
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException("not a shard map: " + rule);
    }
  }
}
