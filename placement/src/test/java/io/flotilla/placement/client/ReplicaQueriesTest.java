package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.HistoryPlace;
import io.flotilla.proto.command.HistoryRecord;
import io.flotilla.proto.etcd.HashKVResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.proto.peer.ReplicaQuery;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.ExportPage;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.Reply;
import io.flotilla.raft.shard.ShardQuery;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class ReplicaQueriesTest {
  private static final ByteString K = ByteString.copyFromUtf8("k");
  private static final HistoryPlace PLACE =
      HistoryPlace.newBuilder().setRevision(4).setSubRevision(2).build();
  private static final KeyRange RANGE = new KeyRange(Key.utf8("a"), null);

  static final List<ShardQuery<?>> QUERIES =
      List.of(
          new ShardQuery.Range(RangeRequest.newBuilder().setKey(K).setLimit(3).build(), false),
          new ShardQuery.ReadTxn(TxnRequest.getDefaultInstance(), 7),
          new ShardQuery.History(RANGE, 3, 9, 5, 100, true),
          new ShardQuery.HashKv(5),
          new ShardQuery.KeysOfLease(-3),
          new ShardQuery.Export(8, PLACE, 11, 1_000),
          new ShardQuery.CompactionFinished());

  @ParameterizedTest
  @FieldSource("QUERIES")
  void queriesTravel(ShardQuery<?> query) throws Exception {
    ByteString bytes = ReplicaQueries.encode(query).build().toByteString();
    assertThat(ReplicaQueries.decode(ReplicaQuery.parseFrom(bytes))).isEqualTo(query);
  }

  @Test
  void whatIsNoReadOfAShardGroupDoesNotTravel() {
    assertThatThrownBy(() -> ReplicaQueries.encode(new RootQuery.GetMap()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(ReplicaQueries.decode(ReplicaQuery.getDefaultInstance())).isNull();
    assertThat(ReplicaQueries.decode(ReplicaQueries.handovers().build())).isNull();
  }

  @Test
  void boundsThatMakeNoSenseAreRefused() {
    var history = ReplicaQuery.History.newBuilder().setMaxRevisions(-1).setMaxBytes(1);
    var query = ReplicaQuery.newBuilder().setHistory(history).build();
    assertThatThrownBy(() -> ReplicaQueries.decode(query))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void ownKeysTravel() {
    var keys =
        new OwnKeys(
            List.of(new KeyRange(Key.utf8("a"), Key.utf8("b")), new KeyRange(Key.utf8("c"), null)));
    assertThat(ReplicaQueries.keys(ReplicaQueries.keys(keys))).isEqualTo(keys);
  }

  private static <T> T travelled(ShardQuery<T> query, T answer) {
    return ReplicaQueries.decode(query, ReplicaQueries.encode(query, answer));
  }

  @Test
  void answersTravel() {
    var range =
        travelled(
            new ShardQuery.Range(RangeRequest.getDefaultInstance()),
            new Reply<>(RangeResponse.newBuilder().setCount(4), 9));
    assertThat(range.response().getCount()).isEqualTo(4);
    assertThat(range.revision()).isEqualTo(9);
    var txn =
        travelled(
            new ShardQuery.ReadTxn(TxnRequest.getDefaultInstance()),
            new Reply<>(TxnResponse.newBuilder().setSucceeded(true), 9));
    assertThat(txn.response().getSucceeded()).isTrue();
    var hash =
        travelled(
            new ShardQuery.HashKv(3), new Reply<>(HashKVResponse.newBuilder().setHash(77), 9));
    assertThat(hash.response().getHash()).isEqualTo(77);
    assertThat(travelled(new ShardQuery.KeysOfLease(1), List.of(Key.utf8("x"))))
        .containsExactly(Key.utf8("x"));
    assertThat(travelled(new ShardQuery.CompactionFinished(), 12L)).isEqualTo(12L);
    var record = HistoryRecord.newBuilder().setKey(K).setRevision(3).build();
    var page = new ExportPage(List.of(record), PLACE, 6);
    assertThat(travelled(new ShardQuery.Export(1, PLACE, 5, 10), page)).isEqualTo(page);
  }

  @Test
  void historyTravelsWithPreviousPairs() {
    var before = KeyValue.newBuilder().setKey(K).setModRevision(2).setVersion(1);
    var put =
        Event.newBuilder()
            .setKv(KeyValue.newBuilder().setKey(K).setModRevision(5).setVersion(2))
            .setPrevKv(before)
            .build();
    var page = new HistoryPage(List.of(ChangeEvent.told(put, 3)), 6, 9);
    HistoryPage told = travelled(new ShardQuery.History(RANGE, 1, 9, 1, 1, true), page);
    assertThat(told.nextRevision()).isEqualTo(6);
    assertThat(told.storeRevision()).isEqualTo(9);
    assertThat(told.events())
        .singleElement()
        .satisfies(
            event -> {
              assertThat(event.sub()).isEqualTo(3);
              assertThat(event.eventWithPrevious()).isEqualTo(put);
              assertThat(event.event().hasPrevKv()).isFalse();
            });
  }

  @Test
  void answerToAnotherQuestionIsNone() {
    var answer =
        ReplicaQueries.encode(
            new ShardQuery.HashKv(1), new Reply<>(HashKVResponse.newBuilder(), 1));
    assertThat(ReplicaQueries.decode(new ShardQuery.KeysOfLease(1), answer)).isNull();
  }
}
