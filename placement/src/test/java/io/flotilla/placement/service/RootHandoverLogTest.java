package io.flotilla.placement.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.testing.Seeds;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverProgress;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.ordered.TxnWorks;
import io.flotilla.raft.shard.CommandResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Random logs in which handovers begin, are committed and abandoned, among everything else that a
/// root group executes: the state follows a model, listeners hear every map at its place, and
/// replicas that restart anywhere end as those that never did.
class RootHandoverLogTest {
  private static final String LETTERS = "abcdefghijklmnopqrstuvwxyz";

  /// Handovers that were committed, by what the root group was: nothing, source, target.
  private final int[] committed = new int[3];

  @Test
  void replicasOfOneLogAreTheSameHoweverTheyRestart() {
    Seeds.forEach(this::runRandomly);
    boolean all = System.getProperty("seed") == null;
    assertThat(committed).as("of each kind").doesNotContain(all ? 0 : -1);
  }

  private void runRandomly(Random random) {
    try (var root = new TestRoot(TestRoot.foundingOf(TestRoot.threeGroups()));
        var other = new TestRoot(TestRoot.foundingOf(TestRoot.threeGroups()))) {
      var run = new Run(root, random, committed);
      for (int step = 0; step < 150; step++) {
        run.step();
      }
      other.replayAllOf(root);
      erase(root);
      erase(other);
      assertThat(withoutErasing(other.dump())).isEqualTo(withoutErasing(root.dump()));
    }
  }

  private static void erase(TestRoot root) {
    while (root.machine().sentAndReceived().step(100)) {}
  }

  /// How far erasing is, is each replica's own.
  private static Map<String, String> withoutErasing(Map<String, String> dump) {
    var equal = new TreeMap<>(dump);
    equal.keySet().removeIf(key -> key.matches(".*[/.]handover/65.*"));
    return equal;
  }

  private static final class Run {
    private final TestRoot root;
    private final Random random;
    private final Map<Integer, Long> executed = new HashMap<>();
    private final Map<Long, Handover> model = new TreeMap<>();
    private HeardOrder heard = new HeardOrder();
    private ShardMap map;
    private int highestGroup = 2;
    private long txns;
    private long sequence;
    private final int[] committed;

    Run(TestRoot root, Random random, int[] committed) {
      this.root = root;
      this.random = random;
      this.committed = committed;
      this.map = root.machine().shardMap();
      begin();
    }

    private void begin() {
      root.lead();
      heard = new HeardOrder();
      root.machine().observe(heard);
    }

    void step() {
      if (random.nextInt(20) == 0) {
        root.checkpoint();
      }
      if (random.nextInt(20) == 0) {
        root.restart();
        begin();
      }
      if (random.nextInt(4) == 0) {
        root.machine().sentAndReceived().step(1 + random.nextInt(5));
      }
      List<Command> entry = new ArrayList<>();
      for (int i = random.nextInt(3); i > 0; i--) {
        entry.add(write());
      }
      Command special = special();
      entry.add(special);
      entry.add(write());
      List<CommandResult> results = root.applyAll(entry);
      follow(special, results.get(entry.size() - 2));
      check();
    }

    /// Keys of anybody: those that are not the root group's are refused.
    private Command write() {
      String key = LETTERS.charAt(random.nextInt(26)) + "" + random.nextInt(3);
      Command write =
          switch (random.nextInt(9)) {
            case 0 -> Commands.delete(key);
            case 1 -> Commands.txnPut(key);
            case 2 -> report();
            case 3 -> Commands.grant(lease(), 60);
            case 4 -> Commands.attach(lease(), 1 + random.nextInt(highestGroup));
            case 5 -> Commands.revoke(lease());
            default -> Commands.put(key, "v" + sequence, random.nextInt(3) == 0 ? lease() : 0);
          };
      return write.hasCut() ? write : Commands.withId(write, 9, ++sequence);
    }

    private long lease() {
      return 1 + random.nextInt(300);
    }

    private Command report() {
      int group = 1 + random.nextInt(highestGroup);
      long now = executed.merge(group, (long) random.nextInt(3), Long::sum);
      var order = root.machine().order(new GroupId(group));
      long logged = order == null ? 0 : random.nextLong(order.getLastItem() + 1);
      return Commands.cut(group, now, logged);
    }

    private Command special() {
      Handover some = some();
      return switch (random.nextInt(14)) {
        case 0, 1 -> begin(Integer.toString(random.nextInt(highestGroup + 1)));
        case 2 -> begin(null);
        case 3 -> Commands.retire(random.nextInt(highestGroup + 1));
        case 4 -> Commands.compact(root.machine().revision());
        case 5 -> random.nextInt(4) == 0 ? Commands.abandon(some.getNumber()) : report();
        case 6 -> Commands.out(some);
        case 7 -> Commands.in(some);
        case 8 -> Commands.cancel(some.getNumber());
        case 9, 10 -> received(some);
        default -> Commands.handOver(some, Commands.txn(1, ++txns), completeTo(some));
      };
    }

    private long completeTo(Handover handover) {
      boolean comes = root.machine().sentAndReceived().isReceiving(handover.getNumber());
      return comes ? stands(handover).getCompleteTo() : root.machine().revision();
    }

    private Handover some() {
      List<Handover> open = root.machine().handovers();
      return open.isEmpty() || random.nextInt(10) == 0
          ? Handover.newBuilder()
              .setNumber(1 + random.nextInt(20))
              .setRange(Commands.interval("c", "e"))
              .setTo(random.nextInt(2))
              .setFrom(2)
              .build()
          : open.get(random.nextInt(open.size()));
    }

    private Command begin(@Nullable String target) {
      var shard = map.shards().get(random.nextInt(map.shards().size()));
      Key start = shard.range().start();
      Key end = shard.range().end();
      Key cut = Key.utf8(LETTERS.substring(random.nextInt(26)).substring(0, 1));
      if (shard.range().contains(cut) && !cut.equals(start)) {
        start = random.nextBoolean() ? cut : start;
        end = start.equals(cut) ? end : cut;
      }
      String from = text(start);
      String to = end == null ? null : text(end);
      return target == null
          ? Commands.beginNew(from, to)
          : Commands.begin(from, to, Integer.parseInt(target));
    }

    private static String text(Key key) {
      return new String(key.bytes(), StandardCharsets.UTF_8);
    }

    /// The whole history of a range in which its source has written nothing.
    private Command received(Handover handover) {
      boolean comes = root.machine().sentAndReceived().isReceiving(handover.getNumber());
      if (!comes) {
        return Commands.in(handover);
      }
      HandoverProgress stands = stands(handover);
      return Commands.records(
          HandoverRecords.newBuilder()
              .setNumber(handover.getNumber())
              .setFrom(stands.getNext())
              .setNext(stands.getNext().toBuilder().setRevision(root.machine().revision() + 1))
              .setCompleteTo(root.machine().revision())
              .build());
    }

    private HandoverProgress stands(Handover handover) {
      return (HandoverProgress) root.done(Commands.in(handover)).response().build();
    }

    private void follow(Command command, CommandResult result) {
      if (!(result instanceof CommandResult.Done done)) {
        return;
      }
      switch (command.getBodyCase()) {
        case HANDOVER_BEGIN -> {
          Handover begun = (Handover) done.response().build();
          highestGroup = Math.max(highestGroup, begun.getTo());
          model.put(begun.getNumber(), begun);
        }
        case HANDOVER_ABANDON -> model.remove(command.getHandoverAbandon().getNumber());
        case TXN_COMMIT -> {
          var work = command.getTxnCommit().getWork().getHandover();
          Handover ended = model.remove(work.getNumber());
          assertThat(TxnWorks.handover(ended).getHandover()).isEqualTo(work);
          map = map.handOver(Intervals.of(work.getRange()), new GroupId(work.getTo()));
          assertThat(heard.maps.getLast()).isEqualTo(map);
          committed[work.getFrom() == 0 ? 1 : work.getTo() == 0 ? 2 : 0]++;
        }
        default -> {}
      }
    }

    private void check() {
      RootMachine machine = root.machine();
      assertThat(machine.shardMap()).isEqualTo(map);
      assertThat(machine.handovers()).isEqualTo(List.copyOf(model.values()));
      assertThat(machine.own().ranges()).isEqualTo(map.ranges(GroupId.ROOT));
      assertThat(machine.facts().shardMap()).isSameAs(machine.shardMap());
      assertThat(machine.facts().groups()).isSameAs(machine.groups());
      assertThat(machine.facts().handovers()).isSameAs(machine.handovers());
      assertThat(machine.groups())
          .extracting(GroupRecord::getGroup)
          .doesNotHaveDuplicates()
          .allMatch(group -> group <= highestGroup);
      for (Shard shard : map.shards()) {
        boolean exists = machine.order(shard.group()) != null;
        assertThat(exists || shard.group().equals(GroupId.ROOT)).isTrue();
      }
      for (GroupId group : machine.orders().keySet()) {
        checkItems(group, machine.journal(group, 1));
      }
      for (long number : machine.sentAndReceived().sending()) {
        assertThat(machine.handover(number)).isNotNull();
      }
      for (KeyRange coming : machine.sentAndReceived().coming()) {
        assertThat(map.onlyGroup(coming)).isNotEqualTo(GroupId.ROOT);
      }
    }

    private static void checkItems(GroupId group, List<JournalItem> items) {
      for (int i = 1; i < items.size(); i++) {
        assertThat(items.get(i).getNumber()).isEqualTo(items.get(i - 1).getNumber() + 1);
        assertThat(items.get(i).getRevision())
            .as("of group %s", group)
            .isGreaterThanOrEqualTo(items.get(i - 1).getRevision());
      }
    }
  }
}
