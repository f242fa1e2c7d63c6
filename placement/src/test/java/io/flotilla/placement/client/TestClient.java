package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseTimeToLiveResponse;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.Reply;
import io.flotilla.raft.shard.ShardQuery;
import io.vertx.core.Future;

/// Requests to a root group as fronts make them; refusals fail the future.
record TestClient(GroupDoor group, long deadlineNanos) {
  Future<Message.Builder> put(String key, long lease) {
    var request = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).setLease(lease);
    return propose(Command.newBuilder().setPut(request));
  }

  Future<Message.Builder> grant(long id, long ttlSeconds) {
    var request = LeaseGrantRequest.newBuilder().setID(id).setTTL(ttlSeconds);
    return propose(Command.newBuilder().setLeaseGrant(request));
  }

  Future<Message.Builder> alarm(AlarmRequest.Builder request) {
    return propose(Command.newBuilder().setAlarm(request));
  }

  Future<Reply<RangeResponse.Builder>> everyKey() {
    var all = ByteString.copyFrom(new byte[1]);
    var request = RangeRequest.newBuilder().setKey(all).setRangeEnd(all).build();
    return read(new ShardQuery.Range(request));
  }

  Future<Reply<LeaseTimeToLiveResponse.Builder>> timeToLive(long lease) {
    return read(new RootQuery.TimeToLive(lease, true));
  }

  private <T> Future<T> read(Query<T> query) {
    return group.read(ReadMode.LINEARIZABLE, query, deadlineNanos);
  }

  private Future<Message.Builder> propose(Command.Builder command) {
    return group
        .propose(command.build(), deadlineNanos)
        .map(
            result ->
                switch (result) {
                  case CommandResult.Done(var response, long _) -> response;
                  case CommandResult.Rejected(var why) -> throw why.asException();
                });
  }

  static <T> T result(Future<T> future) {
    assertThat(future.succeeded()).as("%s", future.cause()).isTrue();
    return future.result();
  }

  static Rejection refusal(Future<?> future) {
    assertThat(future.failed()).isTrue();
    assertThat(future.cause()).isInstanceOf(RejectedException.class);
    return ((RejectedException) future.cause()).rejection();
  }
}
