package io.flotilla.contract;

import static io.flotilla.contract.Requests.put;
import static io.flotilla.contract.Requests.range;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeRequest.SortOrder;
import io.flotilla.proto.etcd.RangeRequest.SortTarget;
import io.flotilla.proto.etcd.RangeResponse;
import io.grpc.CallOptions;
import io.grpc.Status.Code;
import io.grpc.stub.ClientCalls;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// 2.4: Range in chunks.
class RangeStreamTest extends ContractTest {

  private List<RangeResponse> chunks(RangeRequest.Builder request) {
    var chunks = new ArrayList<RangeResponse>();
    ClientCalls.blockingServerStreamingCall(
            etcd.channel(), Rpc.RANGE_STREAM, CallOptions.DEFAULT, request.build())
        .forEachRemaining(
            response -> {
              assertThat(response.hasRangeResponse()).isTrue();
              chunks.add(response.getRangeResponse());
            });
    return chunks;
  }

  private static RangeResponse merged(List<RangeResponse> chunks) {
    var merged = RangeResponse.newBuilder();
    chunks.forEach(merged::mergeFrom);
    return merged.build();
  }

  // 2.4 chunks, payload and snapshot rows.
  @Since(value = Dialect.V3_7, because = "the method does not exist")
  @Test
  void chunksMergeIntoTheRange() {
    for (int i = 0; i < 25; i++) {
      etcd.put(key("k%02d".formatted(i)), "v" + i);
    }
    var chunks = chunks(all());
    assertThat(chunks).hasSizeGreaterThanOrEqualTo(2);
    assertThat(chunks.subList(0, chunks.size() - 1))
        .allSatisfy(
            chunk -> {
              assertThat(chunk.hasHeader()).isFalse();
              assertThat(chunk.getMore()).isFalse();
              assertThat(chunk.getCount()).isZero();
              assertThat(chunk.getKvsList()).isNotEmpty();
            });
    assertThat(merged(chunks)).isEqualTo(etcd.range(all()));
    var limited = all().setLimit(13).setKeysOnly(true);
    assertThat(merged(chunks(limited))).isEqualTo(etcd.range(limited));
    var ascending = all().setSortOrder(SortOrder.ASCEND);
    assertThat(merged(chunks(ascending))).isEqualTo(etcd.range(ascending));
  }

  // 2.4 empty result and count_only rows.
  @Since(value = Dialect.V3_7, because = "the method does not exist")
  @Test
  void emptyAndCountOnlyAnswersAreOneMessage() {
    var empty = chunks(range(key("absent")));
    assertThat(empty).hasSize(1);
    assertThat(empty.get(0).getHeader().getRevision()).isEqualTo(etcd.revision());
    for (int i = 0; i < 25; i++) {
      etcd.put(put(key("k" + i), "v"));
    }
    var counted = chunks(all().setCountOnly(true));
    assertThat(counted).hasSize(1);
    assertThat(counted.get(0).getCount()).isEqualTo(25);
    assertThat(counted.get(0).getKvsList()).isEmpty();
  }

  // 2.4 validation rows.
  @Since(value = Dialect.V3_7, because = "the method does not exist")
  @Test
  void sortsAndFiltersAreUnimplemented() {
    var sorts = "RangeStream does not support custom sort orders";
    var filters = "RangeStream does not support revision filters";
    assertRefused(Code.UNIMPLEMENTED, sorts, all().setSortOrder(SortOrder.DESCEND));
    assertRefused(
        Code.UNIMPLEMENTED,
        sorts,
        all().setSortOrder(SortOrder.ASCEND).setSortTarget(SortTarget.MOD));
    assertRefused(Code.UNIMPLEMENTED, filters, all().setMinModRevision(1));
    assertRefused(Code.UNIMPLEMENTED, filters, all().setMaxModRevision(1));
    assertRefused(Code.UNIMPLEMENTED, filters, all().setMinCreateRevision(1));
    assertRefused(Code.UNIMPLEMENTED, filters, all().setMaxCreateRevision(1));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "etcdserver: key is not provided",
        range(ByteString.EMPTY).setSortOrder(SortOrder.DESCEND));
    assertRefused(
        Code.OUT_OF_RANGE,
        "etcdserver: mvcc: required revision is a future revision",
        all().setRevision(etcd.revision() + 1));
  }

  private void assertRefused(Code code, String text, RangeRequest.Builder request) {
    Refusal.assertRefused(code, text, () -> chunks(request));
  }

  // 2.4: servers up to 3.6 answer UNIMPLEMENTED.
  @Before(value = Dialect.V3_7, because = "the method exists")
  @Test
  void theMethodIsUnknown() {
    assertRefused(
        Code.UNIMPLEMENTED, "unknown method RangeStream for service etcdserverpb.KV", all());
  }
}
