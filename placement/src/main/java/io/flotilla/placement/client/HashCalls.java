package io.flotilla.placement.client;

import io.flotilla.base.Epoch;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.duty.ReplicaHash;
import io.flotilla.placement.duty.ReplicaHashes;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.HashState;
import io.flotilla.proto.peer.Reply;
import io.flotilla.proto.peer.StateHash;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.raft.transport.CallHandler;
import io.flotilla.raft.transport.PeerCalls;
import io.vertx.core.Future;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/// Hashes of the root group's keys: of this replica, and of others by calls. On the group's loop.
public final class HashCalls implements ReplicaHashes {
  private final NodeId self;
  private final Group group;
  private final PeerCalls calls;
  private final LongSupplier epoch;

  /// @param epoch of the shard map of this replica; asked on the loop
  public HashCalls(NodeId self, Group group, PeerCalls calls, LongSupplier epoch) {
    this.self = self;
    this.group = group;
    this.calls = calls;
    this.epoch = epoch;
  }

  @Override
  public Future<ReplicaHash> hashOf(NodeId member, long revision, long deadlineNanos) {
    if (member.equals(self)) {
      return own(revision, deadlineNanos);
    }
    var call =
        Call.newBuilder()
            .setGroup(GroupId.ROOT.value())
            .setHashState(HashState.newBuilder().setRevision(revision));
    return calls.call(member, call, deadlineNanos).map(HashCalls::decode);
  }

  /// Fails as of another shard when the keys of the group change meanwhile.
  private Future<ReplicaHash> own(long revision, long deadlineNanos) {
    long before = epoch.getAsLong();
    return group
        .read(ReadMode.SERIALIZABLE, new ShardQuery.HashKv(revision), deadlineNanos)
        .map(
            reply -> {
              long after = epoch.getAsLong();
              if (after != before) {
                throw new Rejection.WrongShard(new Epoch(after)).asException();
              }
              return new ReplicaHash(
                  reply.response().getHash(),
                  reply.response().getCompactRevision(),
                  reply.response().getHashRevision(),
                  after);
            });
  }

  private static ReplicaHash decode(Reply reply) {
    StateHash hash = reply.getStateHash();
    return new ReplicaHash(
        hash.getHash(), hash.getCompactRevision(), hash.getHashRevision(), hash.getMapEpoch());
  }

  /// Serves other nodes.
  ///
  /// @param registry takes the handler of a kind of calls
  public void register(BiConsumer<Call.BodyCase, CallHandler> registry) {
    registry.accept(Call.BodyCase.HASH_STATE, this::serve);
  }

  private Future<Reply.Builder> serve(NodeId from, Call call, long deadlineNanos) {
    if (call.getGroup() != group.id().value()) {
      return Future.failedFuture(new Rejection.NotLeader(NodeId.NONE).asException());
    }
    return own(call.getHashState().getRevision(), deadlineNanos)
        .map(
            hash ->
                Reply.newBuilder()
                    .setStateHash(
                        StateHash.newBuilder()
                            .setHash(hash.hash())
                            .setCompactRevision(hash.compactRevision())
                            .setHashRevision(hash.revision())
                            .setMapEpoch(hash.epoch())));
  }
}
