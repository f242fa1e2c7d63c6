package io.flotilla.simulation.plant;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Disk;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.host.ForwardingMachine;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.raft.transport.PeerLinks;
import io.flotilla.router.front.rpc.StreamSink;
import io.flotilla.router.route.Doors;
import io.flotilla.simulation.world.Bent;
import io.flotilla.simulation.world.Machine;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// The planted bugs.
enum Plant {
  /// A disk says that the log is durable when it is not.
  LOG_NOT_FORCED(
      () ->
          new Bent() {
            @Override
            public Disk disk(Machine machine, Disk honest) {
              return new ForgetfulDisk(honest);
            }
          }),
  /// A follower acknowledges entries before it has them, let alone on its disk.
  ACKNOWLEDGED_BEFORE_PERSISTED(() -> links(EagerLinks::new)),
  /// Everybody votes for everybody.
  VOTES_FOR_ALL(() -> links(GenerousLinks::new)),
  /// A write that is forwarded again has another request id.
  REPEATED_UNDER_ANOTHER_ID(() -> links(RenamingLinks::new)),
  /// A follower is not sent entries nor states, so it never catches up.
  FOLLOWER_LEFT_BEHIND(() -> links(StarvingLinks::new)),
  /// Linearizable reads are answered by whoever is asked.
  STALE_READS(
      () ->
          new Bent() {
            @Override
            public Doors doors(Machine machine, Doors honest) {
              return StaleDoor.of(honest);
            }
          }),
  /// A watcher is told of an event twice.
  EVENT_TWICE(() -> watch(2)),
  /// A watcher is not told of an event.
  EVENT_LOST(() -> watch(0)),
  /// Clocks run far too fast, so leases end early.
  LEASES_END_EARLY(
      () ->
          new Bent() {
            @Override
            public Clock clock(Machine machine, Clock honest) {
              return new HastyClock(honest);
            }
          }),
  /// One replica executes something else than the others now and then.
  REPLICA_DRIFTS(
      () ->
          new Bent() {
            @Override
            public StateMachine state(Machine machine, GroupId group, StateMachine honest) {
              return machine.number() == 2 ? new DriftingMachine(honest) : honest;
            }
          });

  private final Supplier<Bent> bent;

  Plant(Supplier<Bent> bent) {
    this.bent = bent;
  }

  /// For one run.
  Bent bent() {
    return bent.get();
  }

  /// Links that are bent on every machine.
  interface BendLinks {
    PeerLinks bend(Machine machine, PeerLinks honest);
  }

  static Bent links(BendLinks how) {
    return new Bent() {
      @Override
      public PeerLinks links(Machine machine, PeerLinks honest) {
        return how.bend(machine, honest);
      }
    };
  }

  private static Bent watch(int times) {
    return new Bent() {
      @Override
      public StreamSink<WatchResponse> watch(Machine machine, StreamSink<WatchResponse> honest) {
        return new StutteringSink(honest, times);
      }
    };
  }

  /// Skips the last command of some entries.
  static final class DriftingMachine extends ForwardingMachine {
    private static final int STRIDE = 50;

    DriftingMachine(StateMachine machine) {
      super(machine);
    }

    @Override
    public List<? extends CommandOutcome> apply(EntryId id, List<Command> commands) {
      List<Command> executed = commands;
      if (id.index() % STRIDE == 0 && !commands.isEmpty() && commands.getLast().hasPut()) {
        Command put = commands.getLast();
        var other = put.toBuilder();
        other.getPutBuilder().setValue(put.getPut().getKey());
        executed = new ArrayList<>(commands);
        executed.set(commands.size() - 1, other.build());
      }
      return super.apply(id, executed);
    }
  }

  /// For links that drop frames.
  static boolean carriesState(Frame frame) {
    return frame.getSnapshotPartsCount() > 0
        || frame.getMessagesList().stream()
            .anyMatch(m -> m.hasAppendEntries() && m.getAppendEntries().getEntriesCount() > 0);
  }
}
