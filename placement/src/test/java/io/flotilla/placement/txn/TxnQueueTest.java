package io.flotilla.placement.txn;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.placement.testing.Seeds;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TxnQueueTest {
  private final TxnQueue<String> queue = new TxnQueue<>(3);

  private static KeyRange key(String key) {
    return KeyRange.single(Key.utf8(key));
  }

  private static KeyRange range(String from, String to) {
    return new KeyRange(Key.utf8(from), Key.utf8(to));
  }

  private static Claim keys(KeyRange... keys) {
    return new Claim(List.of(keys), Set.of(new GroupId(1), new GroupId(2)), 0);
  }

  private static Claim lease(long lease, int... groups) {
    var ids = new HashSet<GroupId>();
    for (int group : groups) {
      ids.add(new GroupId(group));
    }
    return new Claim(List.of(), ids, lease);
  }

  @Test
  void whatHasNoKeyInCommonRunsAtOnce() {
    queue.enter("a", keys(key("a"), key("b")));
    queue.enter("b", keys(key("c")));
    assertThat(queue.next()).containsExactly("a", "b");
    assertThat(queue.next()).isEmpty();
  }

  @Test
  void conflictsRunInTheOrderOfComing() {
    queue.enter("a", keys(range("a", "c")));
    queue.enter("b", keys(key("b"), key("x")));
    queue.enter("c", keys(key("x")));
    queue.enter("d", keys(key("c")));
    assertThat(queue.next()).containsExactly("a", "d");
    queue.leave("d");
    assertThat(queue.next()).isEmpty();
    queue.leave("a");
    assertThat(queue.next()).containsExactly("b");
    queue.leave("b");
    assertThat(queue.next()).containsExactly("c");
  }

  @Test
  void whoGivesUpWaitingHoldsNobodyUp() {
    queue.enter("a", keys(key("a")));
    queue.enter("b", keys(key("a"), key("b")));
    queue.enter("c", keys(key("b")));
    assertThat(queue.next()).containsExactly("a");
    queue.leave("b");
    assertThat(queue.next()).containsExactly("c");
    queue.leave("b");
    assertThat(queue.size()).isEqualTo(2);
  }

  @Test
  void noMoreRunThanMay() {
    for (String each : List.of("a", "b", "c", "d", "e")) {
      queue.enter(each, keys(key(each)));
    }
    assertThat(queue.next()).containsExactly("a", "b", "c");
    queue.leave("b");
    assertThat(queue.next()).containsExactly("d");
  }

  @Test
  void revocationsKeepAwayFromTransactionsOfTheirGroupsOnly() {
    assertThat(lease(1, 1, 2).conflicts(lease(2, 1, 2))).isFalse();
    assertThat(lease(1, 1).conflicts(lease(1, 2))).isTrue();
    assertThat(lease(1, 2, 3).conflicts(keys(key("a")))).isTrue();
    assertThat(keys(key("a")).conflicts(lease(1, 3))).isFalse();
  }

  @Test
  void endsOfRangesAreOutside() {
    assertThat(keys(range("a", "b")).conflicts(keys(key("b")))).isFalse();
    assertThat(keys(range("a", "b")).conflicts(keys(range("b", "c")))).isFalse();
    assertThat(keys(KeyRange.from(Key.utf8("a"))).conflicts(keys(key("zz")))).isTrue();
    assertThat(keys(range("b", "a")).conflicts(keys(KeyRange.ALL))).isFalse();
  }

  /// Against a list: a transaction may run when nothing before it that is still here conflicts.
  @Test
  void randomArrivalsRunAsEarlyAsTheyMay() {
    Seeds.forEach(this::run);
  }

  private void run(Random random) {
    var tested = new TxnQueue<Integer>(Integer.MAX_VALUE);
    Map<Integer, Claim> here = new LinkedHashMap<>();
    Set<Integer> running = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      if (random.nextInt(3) > 0 || here.isEmpty()) {
        Claim claim = claim(random);
        here.put(i, claim);
        tested.enter(i, claim);
      } else {
        Integer gone = new ArrayList<>(here.keySet()).get(random.nextInt(here.size()));
        here.remove(gone);
        running.remove(gone);
        tested.leave(gone);
      }
      running.addAll(tested.next());
      assertThat(running).isEqualTo(allowed(here));
    }
  }

  private static Claim claim(Random random) {
    if (random.nextInt(6) == 0) {
      return lease(1 + random.nextInt(3), 1 + random.nextInt(3));
    }
    String from = "k" + random.nextInt(8);
    return keys(random.nextBoolean() ? key(from) : range(from, from + "z"));
  }

  private static Set<Integer> allowed(Map<Integer, Claim> here) {
    Set<Integer> allowed = new HashSet<>();
    List<Claim> before = new ArrayList<>();
    here.forEach(
        (owner, claim) -> {
          if (before.stream().noneMatch(earlier -> earlier.conflicts(claim))) {
            allowed.add(owner);
          }
          before.add(claim);
        });
    return allowed;
  }
}
