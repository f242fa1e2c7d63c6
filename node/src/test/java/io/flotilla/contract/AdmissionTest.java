package io.flotilla.contract;

import static io.flotilla.contract.Refusal.assertRefused;
import static io.flotilla.contract.Requests.op;
import static io.flotilla.contract.Requests.put;
import static io.flotilla.contract.Requests.range;
import static io.flotilla.contract.Requests.txn;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import io.flotilla.proto.etcd.RangeRequest;
import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status.Code;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// 1.1, 2.1.2 and 2.14: what a server does before it looks into a request, and assertion 35.
class AdmissionTest extends ContractTest {
  private static final int MAX_REQUEST_BYTES = 1_572_864;
  private static final int MAX_MESSAGE_BYTES = MAX_REQUEST_BYTES + 524_288;

  private enum Bytes implements MethodDescriptor.Marshaller<byte[]> {
    MARSHALLER;

    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }

  private static MethodDescriptor<byte[], byte[]> raw(String method) {
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodType.UNARY)
        .setFullMethodName(method)
        .setRequestMarshaller(Bytes.MARSHALLER)
        .setResponseMarshaller(Bytes.MARSHALLER)
        .build();
  }

  // 1.1: grpc-go's words.
  @Test
  void unknownMethodsAndServicesAreNamed() {
    assertRefused(
        Code.UNIMPLEMENTED,
        "unknown method Nope for service etcdserverpb.KV",
        () -> etcd.call(raw("etcdserverpb.KV/Nope"), new byte[0]));
    assertRefused(
        Code.UNIMPLEMENTED,
        "unknown service foo.Bar",
        () -> etcd.call(raw("foo.Bar/Baz"), new byte[0]));
    assertRefused(
        Code.UNIMPLEMENTED,
        "unknown service grpc.reflection.v1alpha.ServerReflection",
        () ->
            etcd.call(
                raw("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"), new byte[0]));
  }

  // 2.1.2 step 2.
  @Test
  void anUndecodableRequestIsInternal() {
    var refusal =
        Refusal.of(
            () -> etcd.call(raw("etcdserverpb.KV/Range"), new byte[] {(byte) 0xff, 0x01, 0x02}));
    assertThat(refusal.code()).isEqualTo(Code.INTERNAL);
    assertThat(refusal.text())
        .startsWith(
            server.dialect().atLeast(Dialect.V3_5)
                ? "grpc: error unmarshalling request: "
                : "grpc: ");
  }

  // protobuf: unknown fields are ignored. Field 1000 follows a key.
  @Test
  void unknownFieldsAreIgnored() {
    var request =
        range(key("a"))
            .build()
            .toByteString()
            .concat(ByteString.copyFrom(new byte[] {(byte) 0xc0, 0x3e, 0x01}));
    var answer = etcd.call(raw("etcdserverpb.KV/Range"), request.toByteArray());
    assertThat(answer).isNotEmpty();
  }

  // 2.1.2 step 1; assertion 35.
  @Test
  void aMessageAboveTheTransportLimitIsRefused() {
    var request = put(key("a"), "").setValue(ByteString.copyFrom(new byte[MAX_MESSAGE_BYTES + 1]));
    int bytes = request.build().getSerializedSize();
    assertRefused(
        Code.RESOURCE_EXHAUSTED,
        "grpc: received message larger than max (" + bytes + " vs. " + MAX_MESSAGE_BYTES + ")",
        () -> etcd.put(request));
  }

  // 2.1.2 step 11; assertion 35.
  @Test
  void aProposalAboveTheRequestLimitIsRefused() {
    long before = etcd.revision();
    var text = "etcdserver: request is too large";
    assertRefused(Code.INVALID_ARGUMENT, text, () -> etcd.put(sized("a", MAX_REQUEST_BYTES)));
    assertRefused(
        Code.INVALID_ARGUMENT,
        text,
        () -> etcd.txn(txn(op(sized("a", 800_000)), op(sized("b", 800_000)))));
    assertThat(etcd.revision()).isEqualTo(before);
    etcd.put(sized("a", MAX_REQUEST_BYTES - 200));
    assertThat(pair("a").getValue().size()).isEqualTo(MAX_REQUEST_BYTES - 200);
    etcd.delete(key("a"));
  }

  private io.flotilla.proto.etcd.PutRequest.Builder sized(String name, int bytes) {
    var value = new byte[bytes];
    Arrays.fill(value, (byte) 'x');
    return put(key(name), "").setValue(ByteString.copyFrom(value));
  }

  // 2.1.2 step 6: any value but `true` is ignored, and with a leader `true` is fine.
  @Test
  void aLeaderMayBeDemanded() {
    for (var demand : new String[] {"true", "false", "yes"}) {
      var headers = new Metadata();
      headers.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), demand);
      var channel =
          io.grpc.ClientInterceptors.intercept(
              etcd.channel(), MetadataUtils.newAttachHeadersInterceptor(headers));
      var answer =
          ClientCalls.blockingUnaryCall(
              channel, Rpc.RANGE, CallOptions.DEFAULT, range(key("a")).build());
      assertThat(answer.getHeader().getRevision()).isPositive();
    }
  }

  // 2.14 gzip requests.
  @Since(value = Dialect.V3_5, because = "gzip is not installed")
  @Test
  void gzipRequestsAreAccepted() {
    var zipped = CallOptions.DEFAULT.withCompression("gzip");
    etcd.call(Rpc.PUT, put(key("a"), "x".repeat(10_000)).build(), zipped);
    assertThat(pair("a").getValue().size()).isEqualTo(10_000);
  }

  // 2.1.3: a client's own deadline.
  @Test
  void aDeadlineInThePastEndsTheCall() {
    var late = CallOptions.DEFAULT.withDeadlineAfter(-1, TimeUnit.SECONDS);
    var refusal =
        Refusal.of(
            () ->
                ClientCalls.blockingUnaryCall(
                    etcd.channel(), Rpc.RANGE, late, RangeRequest.getDefaultInstance()));
    assertThat(refusal.code()).isEqualTo(Code.DEADLINE_EXCEEDED);
    assertThat(etcd.revision()).isPositive();
  }

  // 2.14 health: "" is serving, others are not known. The request's field 1 is the service.
  @Test
  void theHealthServiceKnowsOnlyTheWholeServer() {
    var check = raw("grpc.health.v1.Health/Check");
    // HealthCheckResponse: field 1, varint 1 (SERVING).
    assertThat(etcd.call(check, new byte[0])).containsExactly(0x08, 0x01);
    assertRefused(
        Code.NOT_FOUND, "unknown service", () -> etcd.call(check, new byte[] {0x0a, 0x01, 'x'}));
  }

  // 1.1 health, watching.
  @Test
  void theHealthServiceCanBeWatched() {
    var watch =
        raw("grpc.health.v1.Health/Watch").toBuilder().setType(MethodType.SERVER_STREAMING).build();
    try (var stream = etcd.open(watch)) {
      stream.send(new byte[0]);
      stream.halfClose();
      assertThat(stream.next()).containsExactly(0x08, 0x01);
    }
  }

  // 2.14: many streams at once on one connection.
  @Test
  void hundredsOfStreamsShareAConnection() {
    var streams = new java.util.ArrayList<WatchStream>();
    try {
      for (int i = 0; i < 300; i++) {
        var stream = etcd.watch();
        streams.add(stream);
        stream.send(Requests.watch(key("a")));
      }
      streams.forEach(WatchStream::created);
      long revision = etcd.put(key("a"), "1");
      for (var stream : streams) {
        assertThat(stream.nextEvent().getKv().getModRevision()).isEqualTo(revision);
      }
    } finally {
      streams.forEach(WatchStream::close);
    }
  }

  // 1.1: an empty message is a legal request for methods without fields.
  @Test
  void emptyRequestsAreEnough() {
    var status =
        MethodDescriptor.<Empty, Empty>newBuilder()
            .setType(MethodType.UNARY)
            .setFullMethodName("etcdserverpb.Maintenance/Status")
            .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
            .setResponseMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
            .build();
    assertThat(etcd.call(status, Empty.getDefaultInstance()).getSerializedSize()).isPositive();
  }
}
