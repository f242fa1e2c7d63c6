package io.flotilla.raft.host;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.LateResult;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.storage.file.DiskFullException;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A map of puts, in memory, with a checkpoint that outlives it.
final class FakeMachine implements StateMachine {
  /// Reads one key; `steps` says how often it wants to go on.
  record Get(String key, int steps) implements Query<String> {}

  /// Of everything that is on the disk.
  static final Path DIRECTORY = Path.of("/snap");

  /// What was written to disk last.
  static final class Saved {
    SimDisk disk = new SimDisk();
    EntryId applied = EntryId.ZERO;
    Membership membership = Membership.none();
    Map<String, String> values = Map.of();
  }

  private final Saved saved;
  private final List<String> events;
  private final Map<String, String> values;
  private EntryId applied;
  private Membership membership;
  boolean due;
  boolean closed;
  boolean failing;
  boolean failingCheckpoint;
  boolean diskFull;
  boolean forced;
  int installs;
  int stepsTaken;
  int openRuns;
  final List<String> leadership = new ArrayList<>();
  // results of puts whose keys begin with "slow"
  final List<LateResult> late = new ArrayList<>();
  // puts whose keys begin with "held" are refused
  final List<String> asked = new ArrayList<>();
  final List<String> withdrawn = new ArrayList<>();

  FakeMachine(Saved saved, List<String> events) {
    this.saved = saved;
    this.events = events;
    this.values = new TreeMap<>(saved.values);
    this.applied = saved.applied;
    this.membership = saved.membership;
  }

  String value(String key) {
    return values.getOrDefault(key, "");
  }

  @Override
  public EntryId applied() {
    return applied;
  }

  @Override
  public Membership membership() {
    return membership;
  }

  @Override
  public @Nullable Rejection refuse(Command command) {
    String key = command.getPut().getKey().toStringUtf8();
    asked.add(key);
    return key.startsWith("held") ? new Rejection.Held() : null;
  }

  @Override
  public void withdraw(Command command) {
    withdrawn.add(command.getPut().getKey().toStringUtf8());
  }

  @Override
  public List<CommandOutcome> apply(EntryId id, List<Command> commands) {
    if (failing && !commands.isEmpty()) {
      throw new IllegalStateException("the machine is broken");
    }
    events.add("apply " + commands.size());
    applied = id;
    var results = new ArrayList<CommandOutcome>();
    for (Command command : commands) {
      String key = command.getPut().getKey().toStringUtf8();
      values.put(key, command.getPut().getValue().toStringUtf8());
      if (key.startsWith("slow")) {
        late.add(new LateResult());
        results.add(late.getLast());
      } else {
        results.add(new CommandResult.Done(PutResponse.newBuilder(), id.index()));
      }
    }
    return results;
  }

  @Override
  public void applyMembership(EntryId id, Membership next, byte[] context) {
    events.add("apply membership");
    applied = id;
    membership = next;
  }

  @Override
  @SuppressWarnings("unchecked")
  public <T> QueryRun<T> query(Query<T> query) {
    var get = (Get) query;
    openRuns++;
    String seen = value(get.key());
    return (QueryRun<T>)
        new QueryRun<String>() {
          private int left = get.steps();
          private boolean open = true;

          @Override
          public boolean step(int budget) {
            stepsTaken++;
            return --left > 0;
          }

          @Override
          public @Nullable Rejection rejection() {
            return get.key().equals("compacted") ? new Rejection.Compacted(1) : null;
          }

          @Override
          public String result() {
            return seen;
          }

          @Override
          public void close() {
            openRuns -= open ? 1 : 0;
            open = false;
          }
        };
  }

  @Override
  public boolean checkpointDue() {
    return due;
  }

  @Override
  public Checkpoint beginCheckpoint() {
    events.add("begin checkpoint " + applied.index());
    due = false;
    EntryId at = applied;
    Membership members = membership;
    var frozen = new TreeMap<>(values);
    return new Checkpoint() {
      @Override
      public EntryId applied() {
        return at;
      }

      @Override
      public void run() throws DiskFullException {
        if (diskFull) {
          throw new DiskFullException(Path.of("state"), null);
        }
        if (failingCheckpoint) {
          throw new IllegalStateException("the disk is broken");
        }
        events.add("run checkpoint");
        saved.applied = at;
        saved.membership = members;
        saved.values = frozen;
      }

      @Override
      public void end() {
        events.add("end checkpoint");
      }

      @Override
      public void abandon() {
        if (forced) {
          throw new IllegalStateException("a force was tried");
        }
        events.add("abandon checkpoint");
      }
    };
  }

  @Override
  public Snapshot openSnapshot() {
    return FakeSnapshots.open(new SnapshotMark(applied, membership), new TreeMap<>(values));
  }

  @Override
  public Prepared prepare(Path received) throws IOException {
    return new FakeSnapshots.Arrived(saved, received);
  }

  @Override
  public void install(Prepared prepared) {
    var arrived = (FakeSnapshots.Arrived) prepared;
    if (!arrived.committed || openRuns > 0) {
      throw new IllegalStateException("not committed, or reads go on: " + openRuns);
    }
    installs++;
    events.add("install " + arrived.mark().last().index());
    applied = arrived.mark().last();
    membership = arrived.mark().membership();
    values.clear();
    values.putAll(arrived.values);
  }

  @Override
  public void onLeadership(boolean leads, long term) {
    leadership.add((leads ? "leads " : "led ") + term);
  }

  @Override
  public void tick(long nowNanos) {}

  @Override
  public void close() {
    events.add("close machine");
    closed = true;
  }
}
