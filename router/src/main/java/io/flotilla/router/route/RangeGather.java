package io.flotilla.router.route;

import io.flotilla.base.GroupId;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.raft.shard.Reply;
import io.flotilla.raft.shard.ShardQuery;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One range read from several groups at one revision, one group after the other, in chunks.
/// Belongs to the loop of whoever asks.
final class RangeGather {
  /// Pairs of the first chunk, and of any.
  private static final long FIRST_ROWS = 100;
  private static final long MAX_ROWS = 1_000;
  /// What a chunk's bytes are kept near.
  private static final long TARGET_BYTES = 1 << 20;

  /// Reads keys of one group; all calls at the same moment.
  interface Reader {
    Future<Reply<RangeResponse.Builder>> read(GroupId group, ShardQuery.Range query);
  }

  private final RangeRules rules;
  private final boolean counted;
  private final List<KeyPart> parts;
  private final long revision;
  private final Reader reader;
  private final AnswerMemory.Share memory;
  private final RangeBasket basket;
  private int next;
  private @Nullable KeyPart rest;
  private long rows = FIRST_ROWS;

  /// @param query over the whole interval
  /// @param parts the pieces of the interval, in key order
  /// @param revision that is read
  /// @param memory the answer's; stays open
  RangeGather(
      ShardQuery.Range query,
      List<KeyPart> parts,
      long revision,
      Reader reader,
      AnswerMemory.Share memory) {
    this.rules = RangeRules.of(query.request());
    this.counted = query.counted();
    this.parts = parts;
    this.revision = revision;
    this.reader = reader;
    this.memory = memory;
    this.basket = new RangeBasket(rules);
  }

  /// The answer, without a header.
  Future<RangeResponse.Builder> run() {
    boolean onlyCount = rules.request().getCountOnly();
    return Steps.run(this::nextStep).map(_ -> basket.finish(counted || onlyCount));
  }

  private @Nullable Future<Void> nextStep() {
    KeyPart part = rest;
    rest = null;
    if (part != null) {
      return chunk(part, false);
    }
    if (next == parts.size()) {
      return null;
    }
    part = parts.get(next++);
    if (rules.request().getCountOnly()) {
      return ask(part, rules.count(part, revision), true, this::addCount);
    }
    if (basket.isFull()) {
      return askForRest(part);
    }
    return rules.ranked() ? best(part) : chunk(part, counted);
  }

  private Future<Void> chunk(KeyPart part, boolean counts) {
    RangeRequest chunk = rules.chunk(part, revision, Math.min(rows, basket.missing()));
    return ask(part, chunk, counts, reply -> takeChunk(part, reply));
  }

  private void takeChunk(KeyPart part, RangeResponse.Builder reply) {
    addCount(reply);
    addPairs(reply);
    if (reply.getMore() && basket.isFull()) {
      basket.noteMore();
    } else if (reply.getMore()) {
      rest = part.behind(reply.getKvs(reply.getKvsCount() - 1).getKey());
      adapt(RangeBasket.weight(reply.getKvsList()));
    }
  }

  private void addPairs(RangeResponse.Builder reply) {
    long before = basket.bytes();
    basket.add(reply.getKvsList());
    memory.add(basket.bytes() - before);
  }

  private void adapt(long bytes) {
    if (bytes < TARGET_BYTES / 2) {
      rows = Math.min(rows * 2, MAX_ROWS);
    } else if (bytes > TARGET_BYTES * 2) {
      rows = Math.max(1, rows / 2);
    }
  }

  private Future<Void> best(KeyPart part) {
    return ask(
        part,
        rules.best(part, revision),
        counted,
        reply -> {
          addCount(reply);
          addPairs(reply);
          if (reply.getMore()) {
            basket.noteMore();
          }
        });
  }

  /// The limit is reached: what may be open is the count and whether there is more.
  private @Nullable Future<Void> askForRest(KeyPart part) {
    if (!basket.knowsMore()) {
      return ask(
          part,
          rules.probe(part, revision),
          counted,
          reply -> {
            addCount(reply);
            if (reply.getKvsCount() > 0) {
              basket.noteMore();
            }
          });
    }
    return counted ? ask(part, rules.count(part, revision), true, this::addCount) : null;
  }

  private void addCount(RangeResponse.Builder reply) {
    basket.addCount(reply.getCount());
  }

  /// Takes an answer in.
  private interface Taker {
    void take(RangeResponse.Builder reply);
  }

  private Future<Void> ask(KeyPart part, RangeRequest request, boolean counts, Taker taker) {
    return reader
        .read(part.group(), new ShardQuery.Range(request, counts))
        .map(
            reply -> {
              taker.take(reply.response());
              return null;
            });
  }
}
