package io.flotilla.router.front.service;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeRequest.SortOrder;
import io.flotilla.proto.etcd.RangeRequest.SortTarget;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.RangeStreamResponse;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.Reply;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.StreamSession;
import io.flotilla.router.front.rpc.StreamSink;

/// One range read as a stream of chunks in key order, at the revision of the first chunk. The next
/// chunk is read when the client has taken the one before, so a range of any size costs the memory
/// of one chunk.
final class RangeStreamSession implements StreamSession<RangeRequest> {
  private static final ByteString ZERO = ByteString.copyFrom(new byte[1]);
  private static final long FIRST_KEYS = 10;

  private final RangeStreams owner;
  private final Call call;
  private final StreamSink<RangeStreamResponse> sink;

  private RangeRequest request = RangeRequest.getDefaultInstance();
  /// Where the next chunk begins.
  private ByteString nextKey = ByteString.EMPTY;
  private long chunkKeys = FIRST_KEYS;
  private long sentKeys;
  /// Of the whole interval, from the first chunk on.
  private long count;
  /// The store's when the stream began; 0 before the first chunk.
  private long storeRevision;
  private boolean reading;
  private boolean waitingForRoom;

  RangeStreamSession(RangeStreams owner, Call call, StreamSink<RangeStreamResponse> sink) {
    this.owner = owner;
    this.call = call;
    this.sink = sink;
  }

  @Override
  public void onRequest(RangeRequest asked) {
    RangeStreams.check(asked);
    request = asked.toBuilder().setSortOrder(SortOrder.NONE).setSortTarget(SortTarget.KEY).build();
    nextKey = request.getKey();
    readChunk();
  }

  private void readChunk() {
    boolean first = storeRevision == 0;
    ReadMode mode =
        first && !request.getSerializable() ? ReadMode.LINEARIZABLE : ReadMode.SERIALIZABLE;
    RangeRequest chunk =
        request.toBuilder().setKey(nextKey).setLimit(chunkLimit()).setRevision(revision()).build();
    reading = true;
    owner
        .group()
        .read(mode, new ShardQuery.Range(chunk, first), call.stepDeadlineNanos())
        .onComplete(this::onChunk);
  }

  private long chunkLimit() {
    long left = request.getLimit() > 0 ? request.getLimit() - sentKeys : Long.MAX_VALUE;
    return Math.min(chunkKeys, left);
  }

  /// The revision that was asked for, else the one of the first chunk.
  private long revision() {
    return request.getRevision() > 0 ? request.getRevision() : storeRevision;
  }

  private void onChunk(Reply<RangeResponse.Builder> reply, Throwable failure) {
    reading = false;
    if (sink.closed()) {
      return;
    }
    if (failure != null) {
      fail(failure);
      return;
    }
    if (storeRevision == 0) {
      storeRevision = reply.revision();
      count = reply.response().getCount();
    }
    RangeResponse.Builder chunk = reply.response();
    sentKeys += chunk.getKvsCount();
    boolean limited = request.getLimit() > 0 && sentKeys >= request.getLimit();
    if (request.getCountOnly() || limited || !chunk.getMore()) {
      sendLast(chunk);
    } else {
      sendPart(chunk);
    }
  }

  private void sendLast(RangeResponse.Builder chunk) {
    chunk.setHeader(owner.headers().at(storeRevision)).setCount(count);
    sink.send(RangeStreamResponse.newBuilder().setRangeResponse(chunk).build());
    sink.end();
  }

  private void sendPart(RangeResponse.Builder chunk) {
    RangeStreamResponse part =
        RangeStreamResponse.newBuilder()
            .setRangeResponse(chunk.clearMore().clearCount().clearHeader())
            .build();
    nextKey = chunk.getKvs(chunk.getKvsCount() - 1).getKey().concat(ZERO);
    resize(part.getSerializedSize());
    sink.send(part);
    goOn();
  }

  private void resize(int partBytes) {
    if (partBytes < owner.targetBytes() / 2) {
      chunkKeys *= 2;
    } else if (partBytes > owner.targetBytes() * 2L) {
      chunkKeys = Math.max(1, chunkKeys / 2);
    }
  }

  private void goOn() {
    waitingForRoom = !sink.writable();
    if (!waitingForRoom && !reading && !sink.closed()) {
      readChunk();
    }
  }

  private void fail(Throwable failure) {
    sink.fail(Call.statusOf(call.method(), failure));
  }

  @Override
  public void onWritable() {
    if (waitingForRoom) {
      goOn();
    }
  }

  @Override
  public void onClosed() {
    waitingForRoom = false;
  }
}
