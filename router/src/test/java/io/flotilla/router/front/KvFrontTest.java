package io.flotilla.router.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.Epoch;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.raft.host.ReadMode;
import io.vertx.core.Promise;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KvFrontTest {
  private static final int INVALID_ARGUMENT = 3;
  private static final int DEADLINE_EXCEEDED = 4;
  private static final int RESOURCE_EXHAUSTED = 8;
  private static final int UNAVAILABLE = 14;

  private FrontFixture front;

  @BeforeEach
  void start() {
    front = new FrontFixture();
  }

  @AfterEach
  void stop() {
    front.close();
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static PutRequest put(String key, String value) {
    return PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value)).build();
  }

  private static RangeRequest get(String key) {
    return RangeRequest.newBuilder().setKey(bytes(key)).build();
  }

  private void expect(FrontFixture.Outcome outcome, int code, String text) {
    assertThat(outcome.text()).isEqualTo(text);
    assertThat(outcome.code()).isEqualTo(code);
  }

  @Test
  void putAndRangeAnswerWithTheFullHeader() throws Exception {
    var written = PutResponse.parseFrom(front.call("KV/Put", put("a", "1")).body());
    assertThat(written.getHeader().getClusterId()).isEqualTo(FakeCluster.CLUSTER_ID);
    assertThat(written.getHeader().getMemberId()).isEqualTo(FakeCluster.MEMBER_ID);
    assertThat(written.getHeader().getRaftTerm()).isEqualTo(2);
    assertThat(written.getHeader().getRevision()).isEqualTo(2);

    var read = RangeResponse.parseFrom(front.call("KV/Range", get("a")).body());
    assertThat(read.getHeader()).isEqualTo(written.getHeader());
    assertThat(read.getKvs(0).getValue()).isEqualTo(bytes("1"));
  }

  @Test
  void rangesAreLinearizableUnlessTheySayOtherwise() {
    front.call("KV/Range", get("a"));
    front.call("KV/Range", get("a").toBuilder().setSerializable(true).build());
    assertThat(front.cluster.reads).containsExactly(ReadMode.LINEARIZABLE, ReadMode.SERIALIZABLE);
  }

  @Test
  void txnsWithoutWritesAreReads() {
    var range = RequestOp.newBuilder().setRequestRange(get("a")).build();
    front.call("KV/Txn", TxnRequest.newBuilder().addSuccess(range).build());
    front.call("KV/Txn", TxnRequest.getDefaultInstance());
    assertThat(front.cluster.reads).containsExactly(ReadMode.LINEARIZABLE, ReadMode.SERIALIZABLE);
    assertThat(front.cluster.commands).isEmpty();

    var nested =
        RequestOp.newBuilder().setRequestTxn(TxnRequest.newBuilder().addSuccess(range)).build();
    front.call("KV/Txn", TxnRequest.newBuilder().addSuccess(nested).build());
    assertThat(front.cluster.commands).as("a nested txn makes it a write").hasSize(1);
  }

  @Test
  void argumentsAreCheckedBeforeAnythingIsProposed() {
    expect(
        front.call("KV/Put", PutRequest.getDefaultInstance()),
        INVALID_ARGUMENT,
        "etcdserver: key is not provided");
    expect(
        front.call("KV/Put", put("a", "1").toBuilder().setIgnoreValue(true).build()),
        INVALID_ARGUMENT,
        "etcdserver: value is provided");
    expect(
        front.call("KV/Put", put("a", "").toBuilder().setLease(1).setIgnoreLease(true).build()),
        INVALID_ARGUMENT,
        "etcdserver: lease is provided");
    expect(
        front.call("KV/Range", get("a").toBuilder().setSortOrderValue(9).build()),
        INVALID_ARGUMENT,
        "etcdserver: invalid sort option");
    expect(
        front.call("KV/DeleteRange", DeleteRangeRequest.getDefaultInstance()),
        INVALID_ARGUMENT,
        "etcdserver: key is not provided");
    expect(
        front.call(
            "KV/Txn", TxnRequest.newBuilder().addSuccess(RequestOp.getDefaultInstance()).build()),
        INVALID_ARGUMENT,
        "etcdserver: key not found");
    var many = TxnRequest.newBuilder();
    for (int i = 0; i < 129; i++) {
      many.addCompare(Compare.newBuilder().setKey(bytes("k")));
    }
    expect(
        front.call("KV/Txn", many.build()),
        INVALID_ARGUMENT,
        "etcdserver: too many operations in txn request");
    var twice = RequestOp.newBuilder().setRequestPut(put("a", "1")).build();
    expect(
        front.call("KV/Txn", TxnRequest.newBuilder().addSuccess(twice).addSuccess(twice).build()),
        INVALID_ARGUMENT,
        "etcdserver: duplicate key given in txn request");
    assertThat(front.cluster.commands).isEmpty();
  }

  @Test
  void fullSpaceIsReportedBeforeArgumentsAndRaisesTheAlarm() {
    front.cluster.full = true;
    expect(
        front.call("KV/Put", PutRequest.getDefaultInstance()),
        RESOURCE_EXHAUSTED,
        "etcdserver: mvcc: database space exceeded");
    assertThat(front.cluster.alarmsRaised).hasValue(1);
    assertThat(front.call("KV/Txn", TxnRequest.getDefaultInstance()).code())
        .as("what costs nothing passes")
        .isZero();
    assertThat(
            front
                .call("KV/DeleteRange", DeleteRangeRequest.newBuilder().setKey(bytes("a")).build())
                .code())
        .isZero();
  }

  @Test
  void largeProposalsAndLargerMessagesAreRefusedInTheirOwnWords() {
    byte[] value = new byte[FrontFixture.LIMITS.maxRequestBytes()];
    var large =
        PutRequest.newBuilder().setKey(bytes("k")).setValue(ByteString.copyFrom(value)).build();
    expect(front.call("KV/Put", large), INVALID_ARGUMENT, "etcdserver: request is too large");
    var fits =
        large.toBuilder().setValue(ByteString.copyFrom(value, 0, value.length - 100)).build();
    assertThat(front.call("KV/Put", fits).code()).isZero();

    var beyond =
        PutRequest.newBuilder()
            .setKey(bytes("k"))
            .setValue(ByteString.copyFrom(new byte[2_097_153]))
            .build();
    expect(
        front.call("KV/Put", beyond),
        RESOURCE_EXHAUSTED,
        "grpc: received message larger than max (" + beyond.getSerializedSize() + " vs. 2097152)");
  }

  @Test
  void whatCannotBeDecodedIsSaidInGrpcsWords() {
    var outcome = front.call("etcdserverpb.KV", "Put", new byte[] {(byte) 0xff, 0x01}, Map.of());
    assertThat(outcome.code()).isEqualTo(13);
    assertThat(outcome.text()).startsWith("grpc: error unmarshalling request: ");
  }

  @Test
  void unknownMethodsAndServicesAreNamed() {
    expect(
        front.call("etcdserverpb.KV", "Nope", new byte[0], Map.of()),
        12,
        "unknown method Nope for service etcdserverpb.KV");
    expect(front.call("foo.Bar", "Baz", new byte[0], Map.of()), 12, "unknown service foo.Bar");
    expect(
        front.call("etcdserverpb.Auth", "Nope", new byte[0], Map.of()),
        12,
        "unknown method Nope for service etcdserverpb.Auth");
  }

  /// Contract 2.6: a level of txns takes one of the 128 operations.
  @Test
  void txnsMayBeNestedAsDeepAsTheyMayHaveOperations() {
    assertThat(front.call("KV/Txn", nested(127)).code()).isZero();
    assertThat(front.cluster.commands.getFirst().getTxn()).isEqualTo(nested(127));
    expect(front.call("KV/Txn", nested(128)), 3, "etcdserver: too many operations in txn request");
    expect(
        front.call("KV/Txn", nested(1_000)),
        13,
        "grpc: error unmarshalling request: proto: cannot parse invalid wire-format data");
  }

  private TxnRequest nested(int levels) {
    var txn =
        TxnRequest.newBuilder().addSuccess(RequestOp.newBuilder().setRequestPut(put("a", "1")));
    for (int i = 0; i < levels; i++) {
      txn = TxnRequest.newBuilder().addSuccess(RequestOp.newBuilder().setRequestTxn(txn));
    }
    return txn.build();
  }

  @Test
  void gzipRequestsAreReadAndOtherEncodingsRefused() throws Exception {
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write(put("z", "1").toByteArray());
    }
    var sent = RawGrpc.call(front, "KV", "Put", packed.toByteArray(), "gzip");
    assertThat(sent.code()).isZero();
    assertThat(front.cluster.commands.getFirst().getPut()).isEqualTo(put("z", "1"));

    expect(
        RawGrpc.call(front, "KV", "Put", packed.toByteArray(), "snappy"),
        12,
        "grpc: Decompressor is not installed for grpc-encoding \"snappy\"");
    for (String encoding : new String[] {null, "identity"}) {
      expect(
          RawGrpc.call(front, "KV", "Put", packed.toByteArray(), encoding),
          13,
          "grpc: compressed flag set with identity or empty encoding");
    }
  }

  @Test
  void metadataIsCheckedInOrder() {
    front.cluster.leader = 0;
    var empty = PutRequest.getDefaultInstance();
    expect(
        front.call("KV/Put", empty, Map.of("hasleader", "true")),
        UNAVAILABLE,
        "etcdserver: no leader");
    expect(
        front.call("KV/Put", empty, Map.of("hasleader", "True")),
        INVALID_ARGUMENT,
        "etcdserver: key is not provided");
    front.cluster.learner = true;
    expect(
        front.call("KV/Put", empty, Map.of("hasleader", "true")),
        9,
        "etcdserver: rpc not supported for learner");
    assertThat(front.call("KV/Range", get("a").toBuilder().setSerializable(true).build()).code())
        .as("a learner answers serializable ranges")
        .isZero();
    front.cluster.capable = false;
    expect(front.call("KV/Put", empty), 9, "etcdserver: not capable");
  }

  @Test
  void everyRejectionHasItsRowForReadsAndWrites() {
    var rows =
        List.of(
            new Row(
                new Rejection.Compacted(3),
                11,
                "etcdserver: mvcc: required revision has been compacted"),
            new Row(
                new Rejection.FutureRevision(3),
                11,
                "etcdserver: mvcc: required revision is a future revision"),
            new Row(new Rejection.KeyNotFound(), 3, "etcdserver: key not found"),
            new Row(new Rejection.LeaseNotFound(7), 5, "etcdserver: requested lease not found"),
            new Row(new Rejection.LeaseExists(7), 9, "etcdserver: lease already exists"),
            new Row(new Rejection.NoSpace(), 8, "etcdserver: mvcc: database space exceeded"),
            new Row(new Rejection.Corrupt(), 15, "etcdserver: corrupt cluster"),
            new Row(new Rejection.TooManyRequests(), 2, "etcdserver: too many requests"),
            new Row(new Rejection.RequestTooLarge(), 3, "etcdserver: request is too large"),
            new Row(new Rejection.LeaderChanged(), 14, "etcdserver: leader changed"),
            new Row(
                new Rejection.OutcomeUnknown(),
                14,
                "etcdserver: request timed out, possibly due to previous leader failure"),
            new Row(new Rejection.Stopped(), 14, "etcdserver: server stopped"),
            new Row(new Rejection.MemberNotFound(), 5, "etcdserver: member not found"));
    for (Row row : rows) {
      front.cluster.rejectWrites = row.rejection();
      front.cluster.rejectReads = row.rejection();
      expect(front.call("KV/Put", put("a", "1")), row.code(), row.text());
      expect(front.call("KV/Range", get("a")), row.code(), row.text());
    }
  }

  private record Row(Rejection rejection, int code, String text) {}

  /// Contract 2.1.3: without a leader a write reports its deadline, a read the server's timeout.
  @Test
  void writesAndReadsDifferWhenTheirTimeIsUp() {
    for (Rejection rejection :
        List.of(new Rejection.TimedOut(), new Rejection.WrongShard(Epoch.FIRST))) {
      front.cluster.rejectWrites = rejection;
      front.cluster.rejectReads = rejection;
      expect(front.call("KV/Put", put("a", "1")), DEADLINE_EXCEEDED, "context deadline exceeded");
      expect(front.call("KV/Range", get("a")), UNAVAILABLE, "etcdserver: request timed out");
    }
    front.cluster.rejectReads = new Rejection.NotLeader(NodeId.NONE);
    expect(front.call("KV/Range", get("a")), UNAVAILABLE, "etcdserver: no leader");
  }

  @Test
  void theClientsDeadlineEndsTheCallAndTravelsAlong() {
    front.cluster.hold = Promise.promise();
    long before = System.nanoTime();
    expect(
        front.call("KV/Put", put("a", "1"), Map.of("grpc-timeout", "50m")),
        DEADLINE_EXCEEDED,
        "context deadline exceeded");
    long given = front.cluster.deadlines.getFirst() - before;
    assertThat(given).isBetween(0L, 1_000_000_000L);
    front.cluster.hold.complete();
    front.cluster.hold = null;
    assertThat(front.call("KV/Put", put("a", "1")).code()).isZero();
  }

  @Test
  void withoutOneTheServersTimeoutTravelsAlong() {
    long before = System.nanoTime();
    front.call("KV/Put", put("a", "1"));
    long given = front.cluster.deadlines.getFirst() - before;
    assertThat(given).isBetween(7_000_000_000L, 12_000_000_000L);
    expect(
        front.call("KV/Put", put("a", "1"), Map.of("grpc-timeout", "soon")),
        13,
        "malformed grpc-timeout: soon");
  }

  @Test
  void unforeseenFailuresSayNothingAboutTheInside() {
    front.cluster.failReads = new IllegalStateException("secret");
    expect(front.call("KV/Range", get("a")), 13, "internal error");
  }

  @Test
  void physicalCompactionWaitsForTheStore() {
    var outcome =
        front.call(
            "KV/Compact", CompactionRequest.newBuilder().setRevision(1).setPhysical(true).build());
    assertThat(outcome.code()).isZero();
    assertThat(front.cluster.reads).containsExactly(ReadMode.LINEARIZABLE);
  }
}
