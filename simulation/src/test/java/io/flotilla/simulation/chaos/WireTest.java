package io.flotilla.simulation.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.proto.etcd.ResponseOp;
import io.flotilla.proto.etcd.TxnResponse;
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
import java.util.List;
import org.junit.jupiter.api.Test;

class WireTest {
  private static final Kv KV = new Kv("k\u00ff", "v", 2, 3, 4, 5);

  private static final KeyValue KEY_VALUE =
      KeyValue.newBuilder()
          .setKey(Wire.bytes("k\u00ff"))
          .setValue(Wire.bytes("v"))
          .setCreateRevision(2)
          .setModRevision(3)
          .setVersion(4)
          .setLease(5)
          .build();

  private static final ResponseHeader HEADER = ResponseHeader.newBuilder().setRevision(9).build();

  @Test
  void everyByteOfAKeySurvives() {
    assertThat(Wire.bytes("\u0000\u00ff").toByteArray()).containsExactly(0, 0xff);
    assertThat(Wire.text(Wire.bytes("\u0000\u00ff"))).isEqualTo("\u0000\u00ff");
  }

  @Test
  void requestsSayAllThatWasAskedFor() {
    var range = Wire.message(new Request.Range(new Span("a", "b"), 1, 2, true, true));
    assertThat(range.getKey().toStringUtf8()).isEqualTo("a");
    assertThat(range.getRangeEnd().toStringUtf8()).isEqualTo("b");
    assertThat(range.getLimit()).isEqualTo(1);
    assertThat(range.getRevision()).isEqualTo(2);
    assertThat(range.getSerializable()).isTrue();
    assertThat(range.getCountOnly()).isTrue();
    var put = Wire.message(new Request.Put("a", "x", 7, true));
    assertThat(put.getLease()).isEqualTo(7);
    assertThat(put.getPrevKv()).isTrue();
  }

  @Test
  void transactionsKeepTheirOrder() {
    var txn =
        Wire.message(
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
    assertThat(Wire.answer(PutResponse.newBuilder().setHeader(HEADER).build()))
        .isEqualTo(new Answer.Put(9, null));
    assertThat(Wire.answer(PutResponse.newBuilder().setHeader(HEADER).setPrevKv(KEY_VALUE).build()))
        .isEqualTo(new Answer.Put(9, KV));
    var deleted =
        DeleteRangeResponse.newBuilder().setHeader(HEADER).setDeleted(1).addPrevKvs(KEY_VALUE);
    assertThat(Wire.answer(deleted.build())).isEqualTo(new Answer.Delete(9, 1, List.of(KV)));
    var range =
        RangeResponse.newBuilder().setHeader(HEADER).addKvs(KEY_VALUE).setCount(2).setMore(true);
    assertThat(Wire.answer(range.build())).isEqualTo(new Answer.Range(9, List.of(KV), 2, true));
    var txn =
        TxnResponse.newBuilder()
            .setHeader(HEADER)
            .setSucceeded(true)
            .addResponses(ResponseOp.newBuilder().setResponseRange(range));
    assertThat(Wire.answer(txn.build()))
        .isEqualTo(new Answer.Txn(9, true, List.of(new Answer.Range(9, List.of(KV), 2, true))));
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
    assertThat(Wire.events(List.of(put, gone)))
        .containsExactly(
            new WatchMessage.Event(KV.key(), 3, KV, null),
            new WatchMessage.Event(KV.key(), 4, null, KV));
  }
}
