package io.flotilla.raft.shard;

import com.google.protobuf.ByteString;
import io.flotilla.base.Epoch;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Which reads are about own keys.
final class OwnReads {
  /// Whoever gets it looks at the newest map, whatever its epoch.
  static final Rejection WRONG_SHARD = new Rejection.WrongShard(Epoch.FIRST);

  private OwnReads() {}

  /// Why a read is not for a group that serves these keys; null if it is.
  static @Nullable Rejection refusal(OwnKeys own, ShardQuery<?> query) {
    if (own == OwnKeys.ALL) {
      return null;
    }
    boolean isOwn =
        switch (query) {
          case ShardQuery.Range range ->
              contains(own, range.request().getKey(), range.request().getRangeEnd());
          case ShardQuery.ReadTxn txn -> contains(own, txn.request());
          case ShardQuery.History _,
              ShardQuery.HashKv _,
              ShardQuery.KeysOfLease _,
              ShardQuery.Export _,
              ShardQuery.CompactionFinished _ ->
              true;
        };
    return isOwn ? null : WRONG_SHARD;
  }

  private static boolean contains(OwnKeys own, ByteString key, ByteString rangeEnd) {
    return own.contains(Pairs.range(key, rangeEnd));
  }

  private static boolean contains(OwnKeys own, TxnRequest txn) {
    for (Compare compare : txn.getCompareList()) {
      if (!contains(own, compare.getKey(), compare.getRangeEnd())) {
        return false;
      }
    }
    return contains(own, txn.getSuccessList()) && contains(own, txn.getFailureList());
  }

  private static boolean contains(OwnKeys own, List<RequestOp> ops) {
    for (RequestOp op : ops) {
      var range = op.getRequestRange();
      boolean fine =
          op.hasRequestTxn()
              ? contains(own, op.getRequestTxn())
              : !op.hasRequestRange() || contains(own, range.getKey(), range.getRangeEnd());
      if (!fine) {
        return false;
      }
    }
    return true;
  }

  /// Refuses a read as soon as keys that it is about are not own any more.
  static Supplier<@Nullable Rejection> guard(Supplier<OwnKeys> own, ShardQuery<?> query) {
    return new Changes(own) {
      @Override
      @Nullable Rejection refusal(OwnKeys now) {
        return OwnReads.refusal(now, query);
      }
    };
  }

  /// Refuses a read of `parts`, which are the own ones of a range, when they change.
  static Supplier<@Nullable Rejection> guard(
      Supplier<OwnKeys> own, KeyRange range, List<KeyRange> parts) {
    return new Changes(own) {
      @Override
      @Nullable Rejection refusal(OwnKeys now) {
        return now.clip(range).equals(parts) ? null : WRONG_SHARD;
      }
    };
  }

  /// Refuses a read of all own keys when they are not `before` any more.
  static Supplier<@Nullable Rejection> guard(Supplier<OwnKeys> own, OwnKeys before) {
    return new Changes(own) {
      @Override
      @Nullable Rejection refusal(OwnKeys now) {
        return now.equals(before) ? null : WRONG_SHARD;
      }
    };
  }

  /// Looks again when the own keys are others.
  private abstract static class Changes implements Supplier<@Nullable Rejection> {
    private final Supplier<OwnKeys> own;
    private @Nullable OwnKeys seen;

    Changes(Supplier<OwnKeys> own) {
      this.own = own;
    }

    abstract @Nullable Rejection refusal(OwnKeys now);

    @Override
    public final @Nullable Rejection get() {
      OwnKeys now = own.get();
      if (now == seen) {
        return null;
      }
      seen = now;
      return refusal(now);
    }
  }
}
