package io.flotilla.placement.handover;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.Epoch;
import io.flotilla.base.Rejection;
import io.flotilla.placement.handover.HandoverEvent.Kind;
import io.flotilla.proto.command.HandoverProgress;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.proto.command.HistoryPlace;
import io.flotilla.proto.command.HistoryRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A source, a target and a root group as small as they can be, and everything that can go wrong
/// between them and a course: what is asked may be done and not answered, done late, done twice, or
/// not at all; leaders change; switches abort; writes go on.
final class CourseWorld {
  static final HandoverLimits.Copy COPY = new HandoverLimits.Copy(200, 1 << 20, 100);
  static final HandoverLimits.Tries TRIES =
      new HandoverLimits.Tries(
          60_000_000_000L, 600_000_000_000L, 40, 5_000_000_000L, 1_000_000_000L);

  private final Random random;
  /// One in so many things goes wrong; 0 for none.
  int faults;

  private final List<HistoryRecord> source = new ArrayList<>();
  private final List<HistoryRecord> target = new ArrayList<>();
  private HistoryPlace next = place(0, 0);
  private long completeTo;
  private boolean sends;
  private boolean receives;
  private long revision = 1;
  private boolean locked;
  private long lockedAt;
  boolean committed;
  boolean abandoned;

  private final List<Runnable> pending = new ArrayList<>();
  HandoverCourse course;
  private int term;
  private long readTo;
  private @Nullable Integer lockTerm;
  private int reads;
  private int writes;
  long now;

  CourseWorld(Random random) {
    this.random = random;
    this.course = new HandoverCourse(COPY, TRIES, now);
  }

  static HistoryPlace place(long revision, long sub) {
    return HistoryPlace.newBuilder().setRevision(revision).setSubRevision(sub).build();
  }

  // ---- what others do

  void begin() {
    perform(course.begin(now));
  }

  /// Clients write, unless the range stands still.
  void write(int records) {
    if (locked || committed) {
      return;
    }
    revision++;
    for (int sub = 0; sub < records; sub++) {
      source.add(
          HistoryRecord.newBuilder()
              .setRevision(revision)
              .setSubRevision(sub)
              .setKey(ByteString.copyFromUtf8("k" + random.nextInt(10)))
              .setValue(ByteString.copyFrom(new byte[random.nextInt(40)]))
              .build());
    }
  }

  /// Another leader takes over: it knows nothing but that the handover is recorded.
  void changeLeader() {
    term++;
    locked = false;
    lockTerm = null;
    reads = 0;
    writes = 0;
    course = new HandoverCourse(COPY, TRIES, now);
    if (!committed && !abandoned) {
      begin();
    }
  }

  void cancel() {
    tell(new HandoverEvent.Cancel("an operator gave it up"));
  }

  /// Something that is under way happens.
  void step() {
    if (pending.isEmpty()) {
      assertThat(isOver()).as("somebody goes on: %s", course.note()).isTrue();
      return;
    }
    now += random.nextInt(3_000_000);
    pending.remove(random.nextInt(pending.size())).run();
  }

  boolean isOver() {
    return course.ended() || (committed || abandoned) && pending.isEmpty();
  }

  void checkHandedOver() {
    assertThat(target).isEqualTo(source);
  }

  // ---- what the course wants

  private void tell(HandoverEvent event) {
    perform(course.on(event, now));
  }

  private void later(Runnable what) {
    int when = term;
    pending.add(
        () -> {
          if (when == term) {
            what.run();
          }
        });
  }

  private void perform(List<HandoverAction> wanted) {
    for (HandoverAction action : wanted) {
      switch (action) {
        case HandoverAction.Send _ -> command(Kind.SEND, this::send);
        case HandoverAction.Receive _ -> command(Kind.RECEIVE, this::receive);
        case HandoverAction.Read read -> read(read);
        case HandoverAction.Write write -> {
          assertThat(++writes).as("pages being written").isEqualTo(1);
          assertThat(write.atOnce()).isEqualTo(locked && lockTerm != null && lockTerm == term);
          command(Kind.WRITE, () -> take(write.records()));
        }
        case HandoverAction.Switch _ -> later(this::lock);
        case HandoverAction.Commit(long to) -> later(() -> commit(to));
        case HandoverAction.Unlock _ -> later(() -> unlock(new Rejection.TimedOut()));
        case HandoverAction.Abandon(String reason) -> {
          assertThat(reason).isNotEmpty();
          abandon();
        }
        case HandoverAction.Pause(int number, long nanos) -> {
          assertThat(nanos).isPositive();
          later(
              () -> {
                now += nanos;
                tell(new HandoverEvent.Due(number));
              });
        }
        case HandoverAction.Await _ -> later(() -> tell(new HandoverEvent.Taken()));
      }
    }
  }

  private boolean goesWrong() {
    return faults > 0 && random.nextInt(faults) == 0;
  }

  /// A command in a group's log.
  private void command(Kind kind, Supplier<HandoverEvent> log) {
    if (!goesWrong()) {
      later(() -> answer(kind, log.get()));
      return;
    }
    switch (random.nextInt(5)) {
      case 0 -> later(() -> answer(kind, failed(kind, refusal())));
      case 1 ->
          later(
              () -> {
                log.get();
                answer(kind, failed(kind, new Rejection.OutcomeUnknown()));
              });
      case 2 -> {
        later(() -> answer(kind, failed(kind, new Rejection.OutcomeUnknown())));
        pending.add(log::get); // late, also behind a change of leader
      }
      case 3 -> {
        pending.add(log::get);
        later(() -> answer(kind, log.get()));
      }
      default -> {
        pending.add(log::get);
        pending.add(log::get);
        later(() -> answer(kind, failed(kind, refusal())));
      }
    }
  }

  private Rejection refusal() {
    return switch (random.nextInt(6)) {
      case 0 -> new Rejection.NoLeader();
      case 1 -> new Rejection.Held();
      case 2 -> new Rejection.TooManyRequests();
      case 3 -> new Rejection.WrongShard(Epoch.FIRST);
      case 4 -> new Rejection.LeaderChanged();
      default -> new Rejection.TimedOut();
    };
  }

  private static HandoverEvent failed(Kind kind, Rejection why) {
    return new HandoverEvent.Failed(kind, why);
  }

  private void answer(Kind kind, HandoverEvent event) {
    writes -= kind == Kind.WRITE ? 1 : 0;
    tell(event);
  }

  // ---- the groups

  private HandoverEvent send() {
    sends |= !committed && !abandoned;
    return new HandoverEvent.Sending();
  }

  private HandoverEvent receive() {
    receives |= !committed && !abandoned;
    return progress();
  }

  private HandoverEvent take(HandoverRecords records) {
    if (receives && !committed && records.getFrom().equals(next)) {
      target.addAll(records.getRecordsList());
      next = records.getNext();
      completeTo = Math.max(completeTo, records.getCompleteTo());
    }
    return progress();
  }

  private HandoverEvent progress() {
    var progress = HandoverProgress.newBuilder();
    if (receives) {
      progress.setNext(next).setCompleteTo(completeTo).setRecords(target.size());
    }
    return new HandoverEvent.Progress(progress.build());
  }

  private void read(HandoverAction.Read read) {
    assertThat(++reads).as("pages being read").isEqualTo(1);
    assertThat(sends).as("the source holds its history together").isTrue();
    if (goesWrong()) {
      later(
          () -> {
            reads--;
            tell(failed(Kind.READ, refusal()));
          });
      return;
    }
    later(
        () -> {
          reads--;
          readTo = read.fresh() ? revision : readTo;
          HandoverRecords page = page(read.from(), read.maxBytes());
          tell(new HandoverEvent.Page(page, page.getSerializedSize()));
        });
  }

  private HandoverRecords page(HistoryPlace from, int maxBytes) {
    var page = HandoverRecords.newBuilder().setFrom(from);
    int bytes = 0;
    for (HistoryRecord record : source) {
      if (isBefore(record, from) || record.getRevision() > readTo) {
        continue;
      }
      if (bytes > 0 && bytes + record.getSerializedSize() > maxBytes) {
        return page.setNext(place(record.getRevision(), record.getSubRevision())).build();
      }
      bytes += record.getSerializedSize();
      page.addRecords(record);
    }
    assertThat(from.getRevision())
        .as("no page ends before it begins")
        .isLessThanOrEqualTo(readTo + 1);
    return page.setNext(place(readTo + 1, 0)).setCompleteTo(readTo).build();
  }

  private static boolean isBefore(HistoryRecord record, HistoryPlace place) {
    return record.getRevision() < place.getRevision()
        || record.getRevision() == place.getRevision()
            && record.getSubRevision() < place.getSubRevision();
  }

  // ---- the switch

  private void lock() {
    if (goesWrong()) {
      tell(new HandoverEvent.NotSwitched(refusal()));
      return;
    }
    locked = true;
    lockTerm = term;
    lockedAt = revision;
    revision += random.nextInt(3); // other groups go on
    tell(new HandoverEvent.Locked());
  }

  private void unlock(Rejection why) {
    if (lockTerm != null && lockTerm == term) {
      locked = false;
      lockTerm = null;
      tell(new HandoverEvent.NotSwitched(why));
    }
  }

  private void commit(long to) {
    assertThat(to).as("the range is complete").isGreaterThanOrEqualTo(lockedAt);
    assertThat(lockTerm).isEqualTo(term);
    if (abandoned) {
      unlock(new Rejection.Held());
    } else if (goesWrong() && random.nextBoolean()) {
      unlock(new Rejection.OutcomeUnknown());
    } else {
      checkHandedOver();
      committed = true;
      locked = false;
      lockTerm = null;
      boolean answered = !goesWrong();
      tell(
          answered
              ? new HandoverEvent.Switched()
              : new HandoverEvent.NotSwitched(new Rejection.OutcomeUnknown()));
      if (!answered) {
        later(() -> tell(new HandoverEvent.Gone(true)));
      }
    }
  }

  private void abandon() {
    if (goesWrong()) {
      later(() -> tell(failed(Kind.ABANDON, new Rejection.TooManyRequests())));
      return;
    }
    later(
        () -> {
          abandoned |= !committed;
          tell(new HandoverEvent.Gone(committed));
        });
  }
}
