package io.flotilla.raft.shard;

import io.flotilla.base.KeyRange;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.Compare.CompareResult;
import io.flotilla.proto.etcd.Compare.CompareTarget;
import io.flotilla.storage.mvcc.KeyMeta;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One compare of a txn, in steps. It holds when every key of its interval satisfies it; an empty
/// interval stands for one missing key (etcd behaviour).
public final class CompareRun {
  private static final KeyMeta MISSING = new KeyMeta(0, 0, 0, 0);
  private static final int LOOK_AHEAD = 64;

  private final KeyView view;
  private final Compare compare;
  private final @Nullable PairCursor cursor;
  private boolean any;
  private boolean holds;

  CompareRun(KeyView view, Compare compare) {
    this(view, compare, cursor(view, compare));
  }

  private CompareRun(KeyView view, Compare compare, @Nullable PairCursor cursor) {
    this.view = view;
    this.compare = compare;
    this.cursor = cursor;
  }

  private static @Nullable PairCursor cursor(KeyView view, Compare compare) {
    boolean single = compare.getRangeEnd().isEmpty();
    return single ? null : view.scan(Pairs.range(compare.getKey(), compare.getRangeEnd()));
  }

  /// A finished run over a part of the compare's interval.
  static CompareRun over(KeyView view, Compare compare, KeyRange part) {
    var run = new CompareRun(view, compare, view.scan(part));
    while (run.step(Integer.MAX_VALUE)) {
      // each step goes as far as it can
    }
    return run;
  }

  /// Whether a compare holds when no key of its interval exists.
  public static boolean holdsForMissing(Compare compare) {
    return satisfied(compare, MISSING, null);
  }

  /// Whether a compare holds in a view.
  static boolean holds(KeyView view, Compare compare) {
    var run = new CompareRun(view, compare);
    while (run.step(Integer.MAX_VALUE)) {
      // each step goes as far as it can
    }
    return run.holds();
  }

  /// As [QueryRun#step].
  boolean step(int budget) {
    if (cursor == null) {
      holds = single();
      return false;
    }
    int left = budget;
    while (left > 0) {
      int looks = Math.min(left, LOOK_AHEAD);
      switch (cursor.step(looks)) {
        case PAUSED -> left -= looks;
        case END -> {
          holds = any || satisfied(MISSING, null);
          return false;
        }
        case ENTRY -> {
          any = true;
          left--;
          if (!satisfied(cursor.meta(), comparesValue() ? cursor.value() : null)) {
            holds = false;
            return false;
          }
        }
      }
    }
    return true;
  }

  /// Whether there was a key in a run over an interval, after the last step.
  boolean found() {
    return any;
  }

  /// The outcome, after the last step.
  boolean holds() {
    return holds;
  }

  private boolean comparesValue() {
    return compare.getTarget() == CompareTarget.VALUE;
  }

  private boolean single() {
    var key = Pairs.key(compare.getKey());
    if (comparesValue()) {
      var pair = view.get(key);
      return pair == null ? satisfied(MISSING, null) : satisfied(Pairs.meta(pair), pair.value());
    }
    KeyMeta meta = view.meta(key);
    return satisfied(meta == null ? MISSING : meta, null);
  }

  /// @param value of the key if values are compared; null when the key is missing
  private boolean satisfied(KeyMeta meta, byte @Nullable [] value) {
    return satisfied(compare, meta, value);
  }

  private static boolean satisfied(Compare compare, KeyMeta meta, byte @Nullable [] value) {
    return switch (compare.getTarget()) {
      // etcd behaviour: a missing key has no value that could be compared, not even as unequal.
      case VALUE ->
          value != null && accepts(compare, Arrays.compareUnsigned(value, operand(compare)));
      case VERSION -> accepts(compare, Long.compare(meta.version(), compare.getVersion()));
      case CREATE ->
          accepts(compare, Long.compare(meta.createRevision(), compare.getCreateRevision()));
      case MOD -> accepts(compare, Long.compare(meta.modRevision(), compare.getModRevision()));
      case LEASE -> accepts(compare, Long.compare(meta.lease(), compare.getLease()));
      case UNRECOGNIZED -> accepts(compare, 0);
    };
  }

  /// The value asked for; empty when the compare carries an operand of another kind.
  private static byte[] operand(Compare compare) {
    return Pairs.array(compare.getValue());
  }

  private static boolean accepts(Compare compare, int order) {
    CompareResult wanted = compare.getResult();
    return switch (wanted) {
      case EQUAL -> order == 0;
      case NOT_EQUAL -> order != 0;
      case GREATER -> order > 0;
      case LESS -> order < 0;
      case UNRECOGNIZED -> true;
    };
  }
}
