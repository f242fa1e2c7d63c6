package io.flotilla.raft.transport;

import io.flotilla.base.Epoch;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.peer.Refused;

/// [Rejection] in a reply. The codes travel between nodes of different versions: they never change
/// meaning.
public final class RejectionCodec {
  /// Codes from here on are no rejections: they belong to the kind of the call.
  public static final int OTHER_CODES = 1000;

  private static final int COMPACTED = 1;
  private static final int FUTURE_REVISION = 2;
  private static final int KEY_NOT_FOUND = 3;
  private static final int LEASE_NOT_FOUND = 4;
  private static final int LEASE_EXISTS = 5;
  private static final int NO_SPACE = 6;
  private static final int CORRUPT = 7;
  private static final int TOO_MANY_REQUESTS = 8;
  private static final int REQUEST_TOO_LARGE = 9;
  private static final int NO_LEADER = 10;
  private static final int NOT_LEADER = 11;
  private static final int LEADER_CHANGED = 12;
  private static final int TIMED_OUT = 13;
  private static final int OUTCOME_UNKNOWN = 14;
  private static final int STOPPED = 15;
  private static final int MEMBER_NOT_FOUND = 16;
  private static final int WRONG_SHARD = 17;
  private static final int HELD = 18;
  private static final int NEEDS_COMMIT = 19;
  private static final int LEASE_UNATTACHED = 20;

  private RejectionCodec() {}

  public static Refused encode(Rejection why) {
    return switch (why) {
      case Rejection.Compacted r -> refused(COMPACTED, r.compactRevision());
      case Rejection.FutureRevision r -> refused(FUTURE_REVISION, r.currentRevision());
      case Rejection.KeyNotFound _ -> refused(KEY_NOT_FOUND, 0);
      case Rejection.LeaseNotFound r -> refused(LEASE_NOT_FOUND, r.leaseId());
      case Rejection.LeaseExists r -> refused(LEASE_EXISTS, r.leaseId());
      case Rejection.NoSpace _ -> refused(NO_SPACE, 0);
      case Rejection.Corrupt _ -> refused(CORRUPT, 0);
      case Rejection.TooManyRequests _ -> refused(TOO_MANY_REQUESTS, 0);
      case Rejection.RequestTooLarge _ -> refused(REQUEST_TOO_LARGE, 0);
      case Rejection.NoLeader _ -> refused(NO_LEADER, 0);
      case Rejection.NotLeader r -> refused(NOT_LEADER, r.leader().value());
      case Rejection.LeaderChanged _ -> refused(LEADER_CHANGED, 0);
      case Rejection.TimedOut _ -> refused(TIMED_OUT, 0);
      case Rejection.OutcomeUnknown _ -> refused(OUTCOME_UNKNOWN, 0);
      case Rejection.Stopped _ -> refused(STOPPED, 0);
      case Rejection.MemberNotFound _ -> refused(MEMBER_NOT_FOUND, 0);
      case Rejection.WrongShard r -> refused(WRONG_SHARD, r.current().value());
      case Rejection.Held _ -> refused(HELD, 0);
      case Rejection.NeedsCommit _ -> refused(NEEDS_COMMIT, 0);
      case Rejection.LeaseUnattached r -> refused(LEASE_UNATTACHED, r.leaseId());
    };
  }

  private static Refused refused(int code, long number) {
    return Refused.newBuilder().setCode(code).setNumber(number).build();
  }

  /// A code that this version does not know says only that the call did not succeed, so its outcome
  /// is unknown.
  ///
  /// @param refused with a code below [#OTHER_CODES]
  public static Rejection decode(Refused refused) {
    long number = refused.getNumber();
    return switch (refused.getCode()) {
      case COMPACTED -> new Rejection.Compacted(number);
      case FUTURE_REVISION -> new Rejection.FutureRevision(number);
      case KEY_NOT_FOUND -> new Rejection.KeyNotFound();
      case LEASE_NOT_FOUND -> new Rejection.LeaseNotFound(number);
      case LEASE_EXISTS -> new Rejection.LeaseExists(number);
      case NO_SPACE -> new Rejection.NoSpace();
      case CORRUPT -> new Rejection.Corrupt();
      case TOO_MANY_REQUESTS -> new Rejection.TooManyRequests();
      case REQUEST_TOO_LARGE -> new Rejection.RequestTooLarge();
      case NO_LEADER -> new Rejection.NoLeader();
      case NOT_LEADER -> new Rejection.NotLeader(new NodeId(number));
      case LEADER_CHANGED -> new Rejection.LeaderChanged();
      case TIMED_OUT -> new Rejection.TimedOut();
      case STOPPED -> new Rejection.Stopped();
      case MEMBER_NOT_FOUND -> new Rejection.MemberNotFound();
      case WRONG_SHARD ->
          number < 1 ? new Rejection.OutcomeUnknown() : new Rejection.WrongShard(new Epoch(number));
      case HELD -> new Rejection.Held();
      case NEEDS_COMMIT -> new Rejection.NeedsCommit();
      case LEASE_UNATTACHED -> new Rejection.LeaseUnattached(number);
      default -> new Rejection.OutcomeUnknown();
    };
  }
}
