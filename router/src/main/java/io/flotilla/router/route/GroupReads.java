package io.flotilla.router.route;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.etcd.HashKVResponse;
import io.flotilla.proto.etcd.LeaseTimeToLiveResponse;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.Reply;
import io.flotilla.raft.shard.ShardQuery;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Function;

/// Reads that concern several groups: all of them at one moment, answered as one store would
/// (docs/design/0009, "Reads"). On the loop of whoever asks.
///
/// What somebody who names no revision reads cannot have been compacted (contract §2.3). When that
/// happens between two groups, or what they say does not belong together yet, the read fails with
/// [StaleMoment] and has to be repeated as a whole.
final class GroupReads {
  private final Groups groups;
  private final AnswerMemory memory;

  GroupReads(Groups groups, AnswerMemory memory) {
    this.groups = groups;
    this.memory = memory;
  }

  /// When to read these groups.
  private Future<Moment> moment(ReadMode mode, Collection<GroupId> concerned, long deadlineNanos) {
    return mode == ReadMode.LINEARIZABLE
        ? groups.newest(deadlineNanos)
        : groups.local(concerned).map(GroupReads::existing);
  }

  /// A group without a replica here is complete to nothing.
  private static Moment existing(Moment moment) {
    if (moment.revision() == 0) {
      throw new Rejection.NoLeader().asException();
    }
    return moment;
  }

  /// @throws RejectedException for a revision that has not happened
  private static long pin(long asked, Moment moment) {
    if (asked > moment.revision()) {
      throw new Rejection.FutureRevision(moment.revision()).asException();
    }
    return asked <= 0 ? moment.revision() : asked;
  }

  /// What a failure means for somebody who named no revision.
  static <T> Future<T> atNewest(Throwable failure) {
    boolean compacted =
        failure instanceof RejectedException refused
            && refused.rejection() instanceof Rejection.Compacted;
    return Future.failedFuture(compacted ? new StaleMoment() : failure);
  }

  // ---- keys

  Future<Reply<RangeResponse.Builder>> range(
      ReadMode mode, ShardQuery.Range query, List<KeyPart> parts, long deadlineNanos) {
    List<GroupId> concerned = parts.stream().map(KeyPart::group).toList();
    return moment(mode, concerned, deadlineNanos)
        .compose(moment -> notBehind(moment, query.request().getRevision()))
        .compose(moment -> range(moment, query, parts, deadlineNanos));
  }

  /// A revision that has happened, as is known here, is waited for: a stream of chunks names the
  /// one of its first chunk, and the keys may have gone to a group that is behind here.
  private Future<Moment> notBehind(Moment moment, long asked) {
    if (asked <= moment.revision()) {
      return Future.succeededFuture(moment);
    }
    return groups
        .local(List.of(GroupId.ROOT))
        .map(
            root -> {
              if (asked <= root.revision()) {
                throw new StaleMoment();
              }
              return moment;
            });
  }

  private Future<Reply<RangeResponse.Builder>> range(
      Moment moment, ShardQuery.Range query, List<KeyPart> parts, long deadlineNanos) {
    long asked = query.request().getRevision();
    long revision = pin(asked, moment);
    AnswerMemory.Share share = memory.open();
    RangeGather.Reader reader = (group, range) -> moment.read(group, range, deadlineNanos);
    return new RangeGather(query, parts, revision, reader, share)
        .run()
        .map(response -> new Reply<>(response, moment.revision()))
        .eventually(() -> closed(share))
        .recover(failure -> asked > 0 ? Future.failedFuture(failure) : atNewest(failure));
  }

  /// A txn of ranges only.
  ///
  /// @param concerned the groups of its keys
  Future<Reply<TxnResponse.Builder>> txn(
      ReadMode mode,
      TxnRequest txn,
      ShardMap map,
      Collection<GroupId> concerned,
      long deadlineNanos) {
    return moment(mode, concerned, deadlineNanos)
        .compose(
            moment -> {
              AnswerMemory.Share share = memory.open();
              return new TxnRead(txn, map, moment, share, deadlineNanos)
                  .run()
                  .eventually(() -> closed(share));
            });
  }

  private static Future<Void> closed(AnswerMemory.Share share) {
    share.close();
    return Future.succeededFuture();
  }

  /// The checksum of this node's replicas of all groups at one revision. Equal on nodes that have
  /// equal keys there and the same compactions behind them.
  Future<Reply<HashKVResponse.Builder>> hash(
      ShardQuery.HashKv query, WholeMap map, Collection<GroupId> all, long deadlineNanos) {
    return moment(ReadMode.SERIALIZABLE, all, deadlineNanos)
        .compose(
            moment -> {
              long revision = pin(query.revision(), moment);
              var sum = new HashSum();
              var whole = new Whole(moment, map, all, deadlineNanos);
              return whole
                  .each(new ShardQuery.HashKv(revision), sum::add)
                  .map(_ -> new Reply<>(sum.response(revision), moment.revision()));
            })
        .recover(
            failure -> query.revision() > 0 ? Future.failedFuture(failure) : atNewest(failure));
  }

  /// Finishes when the compactions of all groups have; the least of their compact revisions.
  Future<Long> compactionFinished(ReadMode mode, Collection<GroupId> all, long deadlineNanos) {
    long[] least = {Long.MAX_VALUE};
    var query = new ShardQuery.CompactionFinished();
    return moment(mode, all, deadlineNanos)
        .compose(
            moment ->
                each(
                    all,
                    group -> moment.read(group, query, deadlineNanos),
                    (_, compacted) -> least[0] = Math.min(least[0], compacted)))
        .map(_ -> least[0]);
  }

  // ---- leases

  Future<List<Key>> keysOfLease(
      ReadMode mode,
      ShardQuery.KeysOfLease query,
      WholeMap map,
      Collection<GroupId> all,
      long deadlineNanos) {
    TreeSet<Key> keys = new TreeSet<>();
    return moment(mode, all, deadlineNanos)
        .compose(
            moment ->
                new Whole(moment, map, all, deadlineNanos)
                    .each(query, (_, found) -> keys.addAll(found)))
        .map(_ -> List.copyOf(keys));
  }

  /// The root group knows the lease and which groups may have keys of it.
  Future<Reply<LeaseTimeToLiveResponse.Builder>> timeToLive(
      ReadMode mode, RootQuery.TimeToLive query, WholeMap map, long deadlineNanos) {
    return groups
        .root()
        .read(mode, query, deadlineNanos)
        .compose(
            reply ->
                query.keys() && reply.response().getTTL() >= 0
                    ? addKeys(reply, query.lease(), map, deadlineNanos)
                    : Future.succeededFuture(reply));
  }

  private Future<Reply<LeaseTimeToLiveResponse.Builder>> addKeys(
      Reply<LeaseTimeToLiveResponse.Builder> reply, long lease, WholeMap map, long deadlineNanos) {
    var registered = new RootQuery.LeaseGroups(lease);
    var query = new ShardQuery.KeysOfLease(lease);
    TreeSet<Key> keys = new TreeSet<>();
    return groups
        .newest(deadlineNanos)
        .compose(
            moment ->
                moment
                    .read(GroupId.ROOT, registered, deadlineNanos)
                    .compose(
                        some ->
                            new Whole(moment, map, some, deadlineNanos)
                                .each(query, (_, found) -> keys.addAll(found))))
        .map(
            _ -> {
              keys.forEach(key -> reply.response().addKeys(KeyPart.wrap(key)));
              return reply;
            });
  }

  /// Groups that are asked about all of their keys, by one map.
  private record Whole(Moment moment, WholeMap map, Collection<GroupId> asked, long deadlineNanos) {
    <T> Future<Void> each(Query<T> query, BiConsumer<GroupId, T> taker) {
      return GroupReads.each(
              asked,
              group -> moment.readWhole(group, map.keysOf(group), query, deadlineNanos),
              taker)
          .map(
              done -> {
                map.checkRoot(asked);
                return done;
              });
    }
  }

  /// Asks groups one after the other; all answers are of one node's loop, so asking at the same
  /// time would gain nothing.
  private static <T> Future<Void> each(
      Collection<GroupId> asked,
      Function<GroupId, Future<T>> question,
      BiConsumer<GroupId, T> taker) {
    Iterator<GroupId> left = new ArrayList<>(asked).iterator();
    return Steps.run(
        () -> {
          if (!left.hasNext()) {
            return null;
          }
          GroupId group = left.next();
          return question
              .apply(group)
              .map(
                  answer -> {
                    taker.accept(group, answer);
                    return null;
                  });
        });
  }
}
