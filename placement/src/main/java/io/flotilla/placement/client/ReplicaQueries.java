package io.flotilla.placement.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.peer.ReplicaAnswer;
import io.flotilla.proto.peer.ReplicaQuery;
import io.flotilla.proto.peer.ToldEvent;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.ExportPage;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.Reply;
import io.flotilla.raft.shard.ShardQuery;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads of shard groups, and their answers, as one node says them to another.
final class ReplicaQueries {
  private ReplicaQueries() {}

  // ---- questions

  /// @throws IllegalArgumentException when the query is none of a shard group
  static ReplicaQuery.Builder encode(Query<?> query) {
    if (!(query instanceof ShardQuery<?> asked)) {
      throw new IllegalArgumentException("no read of a shard group: " + query);
    }
    var wire = ReplicaQuery.newBuilder();
    return switch (asked) {
      case ShardQuery.Range range ->
          wire.setRange(
              ReplicaQuery.Range.newBuilder()
                  .setRequest(range.request())
                  .setCounted(range.counted()));
      case ShardQuery.ReadTxn txn ->
          wire.setReadTxn(
              ReplicaQuery.ReadTxn.newBuilder()
                  .setRequest(txn.request())
                  .setRevision(txn.revision()));
      case ShardQuery.History history -> wire.setHistory(history(history));
      case ShardQuery.HashKv hash ->
          wire.setHashKv(ReplicaQuery.HashKv.newBuilder().setRevision(hash.revision()));
      case ShardQuery.KeysOfLease(long lease) ->
          wire.setKeysOfLease(ReplicaQuery.KeysOfLease.newBuilder().setLease(lease));
      case ShardQuery.Export export ->
          wire.setExport(
              ReplicaQuery.Export.newBuilder()
                  .setNumber(export.number())
                  .setFrom(export.from())
                  .setToRevision(export.toRevision())
                  .setMaxBytes(export.maxBytes()));
      case ShardQuery.CompactionFinished _ ->
          wire.setCompactionFinished(ReplicaQuery.CompactionFinished.getDefaultInstance());
    };
  }

  static ReplicaQuery.Builder part(TxnId id) {
    return ReplicaQuery.newBuilder().setPart(id);
  }

  static ReplicaQuery.Builder handovers() {
    return ReplicaQuery.newBuilder().setHandovers(ReplicaQuery.HandoversKnown.getDefaultInstance());
  }

  private static ReplicaQuery.History.Builder history(ShardQuery.History history) {
    return ReplicaQuery.History.newBuilder()
        .setKeys(Intervals.of(history.keys()))
        .setFromRevision(history.fromRevision())
        .setToRevision(history.toRevision())
        .setMaxRevisions(history.maxRevisions())
        .setMaxBytes(history.maxBytes())
        .setWithPrevious(history.withPrevious());
  }

  static ReplicaQuery.Keys keys(OwnKeys keys) {
    var wire = ReplicaQuery.Keys.newBuilder();
    keys.ranges().forEach(range -> wire.addRanges(Intervals.of(range)));
    return wire.build();
  }

  static OwnKeys keys(ReplicaQuery.Keys wire) {
    return new OwnKeys(wire.getRangesList().stream().map(Intervals::of).toList());
  }

  /// Null for a question that is no read of the group's state, or of a kind that this version does
  /// not know.
  ///
  /// @throws IllegalArgumentException when a bound makes no sense
  static @Nullable ShardQuery<?> decode(ReplicaQuery wire) {
    return switch (wire.getAboutCase()) {
      case RANGE ->
          new ShardQuery.Range(wire.getRange().getRequest(), wire.getRange().getCounted());
      case READ_TXN ->
          new ShardQuery.ReadTxn(wire.getReadTxn().getRequest(), wire.getReadTxn().getRevision());
      case HISTORY -> history(wire.getHistory());
      case HASH_KV -> new ShardQuery.HashKv(wire.getHashKv().getRevision());
      case KEYS_OF_LEASE -> new ShardQuery.KeysOfLease(wire.getKeysOfLease().getLease());
      case EXPORT -> export(wire.getExport());
      case COMPACTION_FINISHED -> new ShardQuery.CompactionFinished();
      case PART, HANDOVERS, ABOUT_NOT_SET -> null;
    };
  }

  private static ShardQuery.History history(ReplicaQuery.History wire) {
    requirePositive(wire.getMaxRevisions());
    requirePositive(wire.getMaxBytes());
    KeyRange keys = Intervals.of(wire.getKeys());
    return new ShardQuery.History(
        keys,
        wire.getFromRevision(),
        wire.getToRevision(),
        wire.getMaxRevisions(),
        wire.getMaxBytes(),
        wire.getWithPrevious());
  }

  private static ShardQuery.Export export(ReplicaQuery.Export wire) {
    requirePositive(wire.getMaxBytes());
    return new ShardQuery.Export(
        wire.getNumber(), wire.getFrom(), wire.getToRevision(), wire.getMaxBytes());
  }

  private static void requirePositive(int bound) {
    if (bound < 1) {
      throw new IllegalArgumentException("a page may hold something");
    }
  }

  // ---- answers

  /// @param query whose answer this is
  static ReplicaAnswer encode(ShardQuery<?> query, Object answer) {
    var wire = ReplicaAnswer.newBuilder();
    switch (query) {
      case ShardQuery.Range q -> {
        var reply = typed(q, answer);
        wire.setRange(
            ReplicaAnswer.Range.newBuilder()
                .setResponse(reply.response())
                .setRevision(reply.revision()));
      }
      case ShardQuery.ReadTxn q -> {
        var reply = typed(q, answer);
        wire.setReadTxn(
            ReplicaAnswer.Txn.newBuilder()
                .setResponse(reply.response())
                .setRevision(reply.revision()));
      }
      case ShardQuery.History q -> wire.setHistory(history(typed(q, answer), q.withPrevious()));
      case ShardQuery.HashKv q -> {
        var reply = typed(q, answer);
        wire.setHashKv(
            ReplicaAnswer.Hash.newBuilder()
                .setResponse(reply.response())
                .setRevision(reply.revision()));
      }
      case ShardQuery.KeysOfLease q -> {
        var keys = ReplicaAnswer.Keys.newBuilder();
        typed(q, answer).forEach(key -> keys.addKeys(wrap(key)));
        wire.setKeysOfLease(keys);
      }
      case ShardQuery.Export q -> {
        ExportPage page = typed(q, answer);
        wire.setExport(
            ReplicaAnswer.Export.newBuilder()
                .addAllRecords(page.records())
                .setNext(page.next())
                .setCompleteTo(page.completeTo()));
      }
      case ShardQuery.CompactionFinished q -> wire.setCompactionFinished(typed(q, answer));
    }
    return wire.build();
  }

  @SuppressWarnings("unchecked") // an answer is of its query's type
  private static <T> T typed(ShardQuery<T> query, Object answer) {
    return (T) answer;
  }

  private static ByteString wrap(Key key) {
    return UnsafeByteOperations.unsafeWrap(key.bytes());
  }

  private static ReplicaAnswer.History history(HistoryPage page, boolean withPrevious) {
    var wire =
        ReplicaAnswer.History.newBuilder()
            .setNextRevision(page.nextRevision())
            .setStoreRevision(page.storeRevision());
    for (ChangeEvent event : page.events()) {
      wire.addEvents(
          ToldEvent.newBuilder()
              .setSub(event.sub())
              .setEvent(withPrevious ? event.eventWithPrevious() : event.event()));
    }
    return wire.build();
  }

  /// Null when this is no answer to the query.
  @SuppressWarnings("unchecked") // each case of the query fixes what T is
  static <T> @Nullable T decode(Query<T> query, ReplicaAnswer wire) {
    return switch ((ShardQuery<?>) query) {
      case ShardQuery.Range _ ->
          wire.hasRange()
              ? (T)
                  new Reply<>(
                      wire.getRange().getResponse().toBuilder(), wire.getRange().getRevision())
              : null;
      case ShardQuery.ReadTxn _ ->
          wire.hasReadTxn()
              ? (T)
                  new Reply<>(
                      wire.getReadTxn().getResponse().toBuilder(), wire.getReadTxn().getRevision())
              : null;
      case ShardQuery.History _ -> wire.hasHistory() ? (T) history(wire.getHistory()) : null;
      case ShardQuery.HashKv _ ->
          wire.hasHashKv()
              ? (T)
                  new Reply<>(
                      wire.getHashKv().getResponse().toBuilder(), wire.getHashKv().getRevision())
              : null;
      case ShardQuery.KeysOfLease _ ->
          wire.hasKeysOfLease()
              ? (T)
                  wire.getKeysOfLease().getKeysList().stream()
                      .map(key -> Key.of(key.toByteArray()))
                      .toList()
              : null;
      case ShardQuery.Export _ -> wire.hasExport() ? (T) export(wire.getExport()) : null;
      case ShardQuery.CompactionFinished _ ->
          wire.hasCompactionFinished() ? (T) (Long) wire.getCompactionFinished() : null;
    };
  }

  private static HistoryPage history(ReplicaAnswer.History wire) {
    List<ChangeEvent> events =
        wire.getEventsList().stream()
            .map(event -> ChangeEvent.told(event.getEvent(), event.getSub()))
            .toList();
    return new HistoryPage(events, wire.getNextRevision(), wire.getStoreRevision());
  }

  private static ExportPage export(ReplicaAnswer.Export wire) {
    return new ExportPage(wire.getRecordsList(), wire.getNext(), wire.getCompleteTo());
  }
}
