package io.flotilla.contract;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.*;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.util.concurrent.TimeUnit;

/// A client without opinions: every field can be set, nothing is retried, nothing is checked.
public final class Etcd implements AutoCloseable {
  private static final int DEADLINE_SECONDS = 20;

  private final ManagedChannel channel;
  private final Channel calls;

  /// @param endpoint host and port
  public Etcd(String endpoint) {
    channel =
        NettyChannelBuilder.forTarget(endpoint)
            .usePlaintext()
            .disableRetry()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
    calls = channel;
  }

  private Etcd(ManagedChannel channel, Metadata headers) {
    this.channel = channel;
    this.calls =
        ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  /// The same client with a header on each call; closed with this one.
  public Etcd with(String header, String value) {
    var headers = new Metadata();
    headers.put(Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER), value);
    return new Etcd(channel, headers);
  }

  ManagedChannel channel() {
    return channel;
  }

  public <Q, R> R call(MethodDescriptor<Q, R> method, Q request) {
    return call(method, request, CallOptions.DEFAULT);
  }

  <Q, R> R call(MethodDescriptor<Q, R> method, Q request, CallOptions options) {
    var bounded = options.withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
    return ClientCalls.blockingUnaryCall(calls, method, bounded, request);
  }

  <Q, R> Duplex<Q, R> open(MethodDescriptor<Q, R> method) {
    return open(method, new Metadata(), Integer.MAX_VALUE);
  }

  <Q, R> Duplex<Q, R> open(MethodDescriptor<Q, R> method, Metadata headers, int credit) {
    return new Duplex<>(calls.newCall(method, CallOptions.DEFAULT), headers, credit);
  }

  public WatchStream watch() {
    return new WatchStream(open(Rpc.WATCH));
  }

  public RangeResponse range(RangeRequest.Builder request) {
    return call(Rpc.RANGE, request.build());
  }

  public PutResponse put(PutRequest.Builder request) {
    return call(Rpc.PUT, request.build());
  }

  /// Puts and hands out the revision of the put.
  long put(ByteString key, String value) {
    return put(Requests.put(key, value)).getHeader().getRevision();
  }

  public DeleteRangeResponse delete(DeleteRangeRequest.Builder request) {
    return call(Rpc.DELETE_RANGE, request.build());
  }

  /// Deletes a key and hands out the store revision afterwards.
  long delete(ByteString key) {
    return delete(Requests.delete(key)).getHeader().getRevision();
  }

  public TxnResponse txn(TxnRequest.Builder request) {
    return call(Rpc.TXN, request.build());
  }

  public CompactionResponse compact(long revision) {
    return call(Rpc.COMPACT, CompactionRequest.newBuilder().setRevision(revision).build());
  }

  /// The store revision.
  long revision() {
    return range(Requests.range(ByteString.copyFromUtf8("revision"))).getHeader().getRevision();
  }

  LeaseGrantResponse grant(long ttlSeconds, long id) {
    return call(
        Rpc.LEASE_GRANT, LeaseGrantRequest.newBuilder().setTTL(ttlSeconds).setID(id).build());
  }

  /// Grants a lease with an id of the server's choice and hands the id out.
  public long grant(long ttlSeconds) {
    return grant(ttlSeconds, 0).getID();
  }

  public LeaseRevokeResponse revoke(long id) {
    return call(Rpc.LEASE_REVOKE, LeaseRevokeRequest.newBuilder().setID(id).build());
  }

  public LeaseTimeToLiveResponse timeToLive(long id) {
    return call(
        Rpc.TIME_TO_LIVE, LeaseTimeToLiveRequest.newBuilder().setID(id).setKeys(true).build());
  }

  LeaseLeasesResponse leases() {
    return call(Rpc.LEASE_LEASES, LeaseLeasesRequest.getDefaultInstance());
  }

  public StatusResponse status() {
    return call(Rpc.STATUS, StatusRequest.getDefaultInstance());
  }

  MemberListResponse members() {
    return call(Rpc.MEMBER_LIST, MemberListRequest.newBuilder().setLinearizable(true).build());
  }

  AlarmResponse alarm(AlarmRequest.AlarmAction action, long member, AlarmType type) {
    return call(
        Rpc.ALARM,
        AlarmRequest.newBuilder().setAction(action).setMemberID(member).setAlarm(type).build());
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
