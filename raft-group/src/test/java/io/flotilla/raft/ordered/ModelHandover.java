package io.flotilla.raft.ordered;

import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverCancel;
import io.flotilla.proto.command.HandoverIn;
import io.flotilla.proto.command.HandoverOut;
import io.flotilla.proto.command.HandoverProgress;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.proto.command.HistoryPlace;
import io.flotilla.proto.command.Prepare;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.ExportPage;
import io.flotilla.raft.shard.ShardQuery;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// One handover between two groups, a step at a time, with everything that may go wrong: steps are
/// repeated, pages are read anywhere, the switch fails, all is given up.
final class ModelHandover {
  final long number;
  final KeyRange range;
  final ModelGroup from;
  final ModelGroup to;
  final TxnWork work;
  /// Everything that was proposed, to be proposed again at any time.
  final List<Command> proposed = new ArrayList<>();
  private final Random random;
  private boolean out;
  private boolean in;
  private HistoryPlace next = HistoryPlace.getDefaultInstance();
  private long completeTo;
  private @Nullable TxnId switching;
  private long barrier;
  private boolean abandoned;
  private boolean cancelledAtSource;
  private boolean cancelledAtTarget;
  boolean committed;

  ModelHandover(long number, KeyRange range, ModelGroup from, ModelGroup to, Random random) {
    this.number = number;
    this.range = range;
    this.from = from;
    this.to = to;
    this.random = random;
    this.work =
        TxnWorks.handover(
            Handover.newBuilder()
                .setNumber(number)
                .setRange(Intervals.of(range))
                .setFrom(from.index)
                .setTo(to.index)
                .build());
  }

  boolean isOver() {
    return committed || (cancelledAtSource && cancelledAtTarget);
  }

  boolean isSwitching() {
    return switching != null;
  }

  boolean isSwitching(TxnId id) {
    return id.equals(switching);
  }

  /// Whether the source may be asked to prepare.
  boolean isReady() {
    return !abandoned && switching == null && completeTo > 0;
  }

  /// Whether nobody else may begin what touches the range.
  boolean claims() {
    return isReady() || isSwitching();
  }

  /// The revision that the target has to be complete to; 0 while it is not known.
  long barrier() {
    return barrier;
  }

  boolean isComplete() {
    return barrier > 0 && completeTo >= barrier;
  }

  void abandon() {
    abandoned = true;
    switching = null;
  }

  void beginSwitch(TxnId id) {
    switching = id;
    barrier = 0;
  }

  void onPrepared(long revision) {
    if (barrier == 0) {
      barrier = revision;
    }
  }

  void abortSwitch() {
    switching = null;
    barrier = 0;
  }

  // ---- what is proposed

  /// @param revision the newest
  void step(long revision) {
    if (abandoned) {
      var cancel = HandoverCancel.newBuilder().setNumber(number);
      Command command = Command.newBuilder().setHandoverCancel(cancel).build();
      propose(random.nextBoolean() ? from : to, command);
    } else if (!out) {
      var begin = HandoverOut.newBuilder().setNumber(number).setRange(Intervals.of(range));
      propose(from, Command.newBuilder().setHandoverOut(begin).build());
    } else if (!in) {
      var begin = HandoverIn.newBuilder().setNumber(number).setRange(Intervals.of(range));
      propose(to, Command.newBuilder().setHandoverIn(begin).build());
    } else {
      prepare();
      copy(revision);
    }
  }

  private void prepare() {
    if (switching != null && (barrier == 0 || random.nextInt(8) == 0)) {
      var prepare = Prepare.newBuilder().setId(switching).setWork(work);
      propose(from, Command.newBuilder().setPrepare(prepare).build());
    }
  }

  private void copy(long revision) {
    int some = random.nextInt(ModelGroup.REPLICAS);
    from.advance(some, revision);
    TestReplica source = from.replicas.get(some);
    long newest = source.machine.revision();
    var query = new ShardQuery.Export(number, next, newest, 1 + random.nextInt(200));
    ExportPage page = source.readOrNull(query);
    if (page != null) {
      var records =
          HandoverRecords.newBuilder()
              .setNumber(number)
              .setFrom(next)
              .addAllRecords(page.records())
              .setNext(page.next())
              .setCompleteTo(page.completeTo());
      propose(to, Command.newBuilder().setHandoverRecords(records).build());
    }
  }

  /// A refusal is no harm: everything is tried again.
  private void propose(ModelGroup group, Command command) {
    Rejection refusal = group.propose(command);
    if (refusal == null && proposed.size() < 50) {
      proposed.add(command);
    }
  }

  // ---- what came of it

  void onResult(ModelGroup group, Command command, CommandResult result) {
    if (!(result instanceof CommandResult.Done done)) {
      return;
    }
    switch (command.getBodyCase()) {
      case HANDOVER_OUT -> out = true;
      case HANDOVER_IN -> {
        in = true;
        onProgress(((HandoverProgress.Builder) done.response()).build());
      }
      case HANDOVER_RECORDS -> onProgress(((HandoverProgress.Builder) done.response()).build());
      case HANDOVER_CANCEL -> {
        cancelledAtSource |= group == from;
        cancelledAtTarget |= group == to;
      }
      default -> throw new AssertionError("not of a handover: " + command);
    }
  }

  private void onProgress(HandoverProgress progress) {
    if (isBehind(next, progress.getNext())) {
      next = progress.getNext();
    }
    completeTo = Math.max(completeTo, progress.getCompleteTo());
  }

  private static boolean isBehind(HistoryPlace place, HistoryPlace other) {
    return place.getRevision() < other.getRevision()
        || (place.getRevision() == other.getRevision()
            && place.getSubRevision() < other.getSubRevision());
  }
}
