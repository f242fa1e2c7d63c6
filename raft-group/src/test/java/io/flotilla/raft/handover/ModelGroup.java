package io.flotilla.raft.handover;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.TestShard;
import io.flotilla.storage.mvcc.MvccCheck;
import io.flotilla.storage.mvcc.MvccStore;
import io.flotilla.storage.mvcc.MvccWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// A group as far as its keys go: commands in its log, items in its journal, and replicas that go
/// through both. Items run ahead of the log, except for compactions, which wait for their place.
final class ModelGroup implements AutoCloseable {
  /// A change of one key; no value deletes it.
  record Change(Key key, byte @Nullable [] value, long lease) {}

  sealed interface Item {
    long revision();
  }

  record Mutation(long revision, int base, List<Change> changes) implements Item {}

  record Compaction(long revision, long to) implements Item {}

  record Release(long revision, long number, KeyRange range) implements Item {}

  record Acquisition(long revision, long number, KeyRange range, long completeTo) implements Item {}

  sealed interface Command {}

  record Out(long number, KeyRange range) implements Command {}

  record In(long number, KeyRange range) implements Command {}

  record Records(HandoverRecords records) implements Command {}

  record Cancel(long number) implements Command {}

  /// Items below a count are in the log.
  record Logged(int items) implements Command {}

  private final Random random;
  private final List<Item> items = new ArrayList<>();
  private final List<Command> commands = new ArrayList<>();
  private final List<Replica> replicas = new ArrayList<>();
  private final int journalShare;
  private OwnKeys own;

  ModelGroup(Random random, int count, KeyRange range) {
    this.random = random;
    journalShare = 5 + random.nextInt(90);
    own = new OwnKeys(List.of(range));
    for (int i = 0; i < count; i++) {
      replicas.add(new Replica());
    }
  }

  /// As the map says.
  OwnKeys own() {
    return own;
  }

  List<Replica> replicas() {
    return replicas;
  }

  Replica replica() {
    return replicas.get(random.nextInt(replicas.size()));
  }

  void add(Item item) {
    items.add(item);
  }

  void command(Command command) {
    commands.add(command);
  }

  void log() {
    commands.add(new Logged(items.size()));
  }

  /// A command of a handover comes once more.
  void repeat() {
    if (!commands.isEmpty()) {
      Command again = commands.get(random.nextInt(commands.size()));
      boolean harmless = !(again instanceof Cancel) || replicas.stream().allMatch(Replica::isIdle);
      if (harmless) {
        log(); // a gate lets it in behind the items that concern its range only
        commands.add(again);
      }
    }
  }

  void release(long number, KeyRange range, long revision) {
    own = own.minus(range);
    add(new Release(revision, number, range));
  }

  void acquire(long number, KeyRange range, long completeTo, long revision) {
    own = own.plus(range);
    add(new Acquisition(revision, number, range, completeTo));
  }

  @Override
  public void close() {
    replicas.forEach(replica -> replica.shard.close());
  }

  /// One replica, which forgets what it did since its last checkpoint when it is opened again.
  final class Replica {
    TestShard shard = new TestShard();
    private int processed;
    private int applied;
    private int savedProcessed;
    private int savedApplied;
    private OwnKeys savedOwn = own;

    Replica() {
      shard.machine.serve(own);
    }

    boolean isIdle() {
      Handovers handovers = shard.machine.handovers();
      return handovers.sending().isEmpty() && handovers.receiving().isEmpty();
    }

    void step() {
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3, 4, 5, 6, 7 -> {
          if (random.nextInt(100) < journalShare) {
            processNext(false);
          } else {
            applyNext();
          }
        }
        case 8 -> shard.machine.compactStep(1 + random.nextInt(20));
        case 9 -> shard.machine.handovers().step(1 + random.nextInt(4));
        case 10 -> {
          checkpoint();
          if (random.nextInt(4) == 0) {
            reopen();
          }
        }
        default -> {
          if (random.nextInt(6) == 0) {
            reopen();
          }
        }
      }
      if (random.nextInt(6) == 0) {
        verify();
      }
    }

    void verify() {
      assertThat(MvccCheck.check(shard.file())).isEmpty();
    }

    private void checkpoint() {
      shard.checkpoint();
      savedProcessed = processed;
      savedApplied = applied;
      savedOwn = shard.machine.own();
    }

    private void reopen() {
      shard = shard.reopen();
      processed = savedProcessed;
      applied = savedApplied;
      shard.machine.serve(savedOwn);
      if (processed > 0) {
        long reached = items.get(processed - 1).revision();
        assertThat(shard.store.revision()).isGreaterThanOrEqualTo(reached);
      }
      long known = items.isEmpty() ? 1 : items.getLast().revision();
      assertThat(shard.store.revision()).as("no import counts").isLessThanOrEqualTo(known + 1);
    }

    /// Whether there was one that may be processed.
    private boolean processNext(boolean inLog) {
      if (processed == items.size()) {
        return false;
      }
      Item item = items.get(processed);
      boolean may =
          switch (item) {
            case Mutation _ -> true;
            case Release released -> shard.machine.handovers().isSending(released.number());
            case Compaction _ -> inLog;
            case Acquisition acquired ->
                shard.machine.handovers().isComplete(acquired.number(), acquired.completeTo());
          };
      if (may) {
        process(item);
        processed++;
      }
      return may;
    }

    private void process(Item item) {
      MvccStore store = shard.store;
      Handovers handovers = shard.machine.handovers();
      switch (item) {
        case Mutation mutation -> write(mutation);
        case Compaction compaction -> {
          store.advanceTo(Math.max(item.revision(), store.revision()));
          store.startCompaction(compaction.to());
          if (random.nextBoolean()) {
            shard.finishCompaction();
          }
        }
        case Release released -> {
          handovers.release(released.number(), released.range());
          shard.machine.serve(shard.machine.own().minus(released.range()));
        }
        case Acquisition acquired -> {
          var leases = handovers.acquire(acquired.number());
          assertThat(leases).isEqualTo(shard.machine.leasesIn(acquired.range()));
          shard.machine.serve(shard.machine.own().plus(acquired.range()));
        }
      }
      store.advanceTo(Math.max(item.revision(), store.revision()));
    }

    private void write(Mutation mutation) {
      if (mutation.changes().isEmpty()) {
        return;
      }
      MvccWriter writer = shard.store.begin(mutation.revision(), mutation.base());
      for (Change change : mutation.changes()) {
        byte[] value = change.value();
        if (value == null) {
          assertThat(writer.delete(change.key())).isNotNull();
        } else {
          writer.put(change.key(), value, change.lease());
        }
      }
      writer.seal();
    }

    private boolean applyNext() {
      if (applied == commands.size()) {
        return false;
      }
      Handovers handovers = shard.machine.handovers();
      switch (commands.get(applied)) {
        case Out out -> handovers.send(out.number(), out.range());
        case In in -> handovers.receive(in.number(), in.range());
        case Records records -> handovers.take(records.records());
        case Cancel cancel -> handovers.cancel(cancel.number());
        case Logged logged -> {
          while (processed < logged.items()) {
            assertThat(processNext(true)).as("what is in the log may be processed").isTrue();
          }
        }
      }
      applied++;
      return true;
    }

    /// To the end of the log, and of the journal.
    void catchUp() {
      log();
      while (applyNext()) {
        // one after the other
      }
    }

    /// Whatever goes on in the background comes to its end.
    void rest() {
      shard.finishCompaction();
      while (shard.machine.handovers().step(3)) {
        verify();
      }
      shard.finishCompaction();
    }
  }
}
