package io.flotilla.simulation.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.proto.etcd.CompactionResponse;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.LeaseGrantResponse;
import io.flotilla.proto.etcd.LeaseKeepAliveResponse;
import io.flotilla.proto.etcd.LeaseRevokeResponse;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.proto.etcd.ResponseOp;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.etcd.WatchCreateRequest.FilterType;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.simulation.history.Answer;
import io.flotilla.simulation.history.Compare;
import io.flotilla.simulation.history.Compare.Relation;
import io.flotilla.simulation.history.Compare.Target;
import io.flotilla.simulation.history.Kv;
import io.flotilla.simulation.history.Request;
import io.flotilla.simulation.history.Span;
import io.flotilla.simulation.history.WatchMessage;
import io.flotilla.simulation.history.Watching.Query;
import java.util.List;
import org.junit.jupiter.api.Test;

class WireTest {
  private static final Kv KV = new Kv("k\u00ff", "v", 2, 3, 4, 5);

  private static final KeyValue KEY_VALUE =
      KeyValue.newBuilder()
          .setKey(ToEtcd.bytes("k\u00ff"))
          .setValue(ToEtcd.bytes("v"))
          .setCreateRevision(2)
          .setModRevision(3)
          .setVersion(4)
          .setLease(5)
          .build();

  private static final ResponseHeader HEADER = ResponseHeader.newBuilder().setRevision(9).build();

  @Test
  void everyByteOfAKeySurvives() {
    assertThat(ToEtcd.bytes("\u0000\u00ff").toByteArray()).containsExactly(0, 0xff);
    assertThat(FromEtcd.text(ToEtcd.bytes("\u0000\u00ff"))).isEqualTo("\u0000\u00ff");
  }

  @Test
  void requestsSayAllThatWasAskedFor() {
    var range = ToEtcd.range(new Request.Range(new Span("a", "b"), 1, 2, true, true));
    assertThat(range.getKey().toStringUtf8()).isEqualTo("a");
    assertThat(range.getRangeEnd().toStringUtf8()).isEqualTo("b");
    assertThat(range.getLimit()).isEqualTo(1);
    assertThat(range.getRevision()).isEqualTo(2);
    assertThat(range.getSerializable()).isTrue();
    assertThat(range.getCountOnly()).isTrue();
    var put = ToEtcd.put(new Request.Put("a", "x", 7, true));
    assertThat(put.getLease()).isEqualTo(7);
    assertThat(put.getPrevKv()).isTrue();
  }

  @Test
  void transactionsKeepTheirOrder() {
    var txn =
        ToEtcd.txn(
            new Request.Txn(
                List.of(
                    Compare.value("a", Relation.NOT_EQUAL, "x"),
                    Compare.number("b", Target.MODIFIED, Relation.GREATER, 3)),
                List.of(
                    new Request.Put("a", "y", 0, false),
                    new Request.Delete(Span.single("b"), true)),
                List.of(Request.Range.linearizable(Span.ALL))));
    assertThat(txn.getCompare(0).getResult())
        .isEqualTo(io.flotilla.proto.etcd.Compare.CompareResult.NOT_EQUAL);
    assertThat(txn.getCompare(0).getValue().toStringUtf8()).isEqualTo("x");
    assertThat(txn.getCompare(1).getModRevision()).isEqualTo(3);
    assertThat(txn.getSuccess(0).hasRequestPut()).isTrue();
    assertThat(txn.getSuccess(1).getRequestDeleteRange().getPrevKv()).isTrue();
    assertThat(txn.getFailure(0).hasRequestRange()).isTrue();
  }

  @Test
  void answersSayAllThatCame() {
    assertThat(FromEtcd.answer(PutResponse.newBuilder().setHeader(HEADER).build()))
        .isEqualTo(new Answer.Put(9, null));
    assertThat(
            FromEtcd.answer(
                PutResponse.newBuilder().setHeader(HEADER).setPrevKv(KEY_VALUE).build()))
        .isEqualTo(new Answer.Put(9, KV));
    var deleted =
        DeleteRangeResponse.newBuilder().setHeader(HEADER).setDeleted(1).addPrevKvs(KEY_VALUE);
    assertThat(FromEtcd.answer(deleted.build())).isEqualTo(new Answer.Delete(9, 1, List.of(KV)));
    var range =
        RangeResponse.newBuilder().setHeader(HEADER).addKvs(KEY_VALUE).setCount(2).setMore(true);
    assertThat(FromEtcd.answer(range.build())).isEqualTo(new Answer.Range(9, List.of(KV), 2, true));
    var txn =
        TxnResponse.newBuilder()
            .setHeader(HEADER)
            .setSucceeded(true)
            .addResponses(ResponseOp.newBuilder().setResponseRange(range));
    assertThat(FromEtcd.answer(txn.build()))
        .isEqualTo(new Answer.Txn(9, true, List.of(new Answer.Range(9, List.of(KV), 2, true))));
  }

  @Test
  void anAnswerCanBeToldBeforeItHasAHeader() {
    assertThat(FromEtcd.answer(PutResponse.getDefaultInstance(), 7))
        .isEqualTo(new Answer.Put(7, null));
    assertThatThrownBy(() -> FromEtcd.answer(KEY_VALUE))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void leasesAndCompactionsGoBothWays() {
    assertThat(ToEtcd.grant(new Request.Grant(5, 60)).getTTL()).isEqualTo(60);
    assertThat(ToEtcd.revoke(new Request.Revoke(5)).getID()).isEqualTo(5);
    assertThat(ToEtcd.keepAlive(new Request.KeepAlive(5)).getID()).isEqualTo(5);
    assertThat(ToEtcd.compact(new Request.Compact(8)).getRevision()).isEqualTo(8);
    var granted = LeaseGrantResponse.newBuilder().setHeader(HEADER).setID(5).setTTL(60).build();
    assertThat(FromEtcd.answer(granted)).isEqualTo(new Answer.Grant(9, 5, 60));
    var revoked = LeaseRevokeResponse.newBuilder().setHeader(HEADER).build();
    assertThat(FromEtcd.answer(revoked)).isEqualTo(new Answer.Revoke(9));
    var kept = LeaseKeepAliveResponse.newBuilder().setHeader(HEADER).setTTL(60).build();
    assertThat(FromEtcd.answer(kept)).isEqualTo(new Answer.KeepAlive(9, 60));
    var compacted = CompactionResponse.newBuilder().setHeader(HEADER).build();
    assertThat(FromEtcd.answer(compacted)).isEqualTo(new Answer.Compact(9));
  }

  @Test
  void aWatcherSaysWhatItWants() {
    var all = ToEtcd.watch(new Query(Span.ALL, 4, true, false, false));
    assertThat(all.getStartRevision()).isEqualTo(4);
    assertThat(all.getPrevKv()).isTrue();
    assertThat(all.getFiltersList()).isEmpty();
    assertThat(ToEtcd.watch(new Query(Span.ALL, 0, false, true, true)).getFiltersList())
        .containsExactly(FilterType.NOPUT, FilterType.NODELETE);
  }

  @Test
  void eventsArePutsOrDeletes() {
    var put = Event.newBuilder().setKv(KEY_VALUE).build();
    var gone =
        Event.newBuilder()
            .setType(Event.EventType.DELETE)
            .setKv(KeyValue.newBuilder().setKey(KEY_VALUE.getKey()).setModRevision(4))
            .setPrevKv(KEY_VALUE)
            .build();
    assertThat(FromEtcd.events(List.of(put, gone)))
        .containsExactly(
            new WatchMessage.Event(KV.key(), 3, KV, null),
            new WatchMessage.Event(KV.key(), 4, null, KV));
  }
}
