package io.flotilla.router.feed;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A page of a history elsewhere: asked for until it is there, or compacted. On the hub's loop.
final class RemotePage implements QueryRun<HistoryPage> {
  /// Enough for many watchers at a time, and soon here.
  static final int PAGE_BYTES = 4 * 1024 * 1024;

  private static final long PAUSE_MILLIS = 20;
  private static final long PAUSE_MILLIS_MAX = 1_000;

  private final RemoteHistory history;
  private final ShardQuery.History query;
  private @Nullable Runnable ready;
  private @Nullable HistoryPage page;
  private @Nullable Rejection rejection;
  private int failures;
  private boolean asked;
  private boolean closed;

  RemotePage(RemoteHistory history, ShardQuery.History query) {
    this.history = history;
    // Here is no store that previous pairs could be looked up in.
    this.query =
        new ShardQuery.History(
            query.keys(),
            query.fromRevision(),
            query.toRevision(),
            query.maxRevisions(),
            Math.min(query.maxBytes(), PAGE_BYTES),
            true);
  }

  @Override
  public boolean step(int budget) {
    if (!asked) {
      asked = true;
      ask();
    }
    return !finished();
  }

  private boolean finished() {
    return page != null || rejection != null;
  }

  private void ask() {
    if (closed || history.isStopped()) {
      return;
    }
    history
        .ports()
        .pages()
        .read(history.group(), history.keys(), history.processed(), query)
        .onComplete(this::onPage, this::onFailure);
  }

  private void onPage(HistoryPage answer) {
    if (!closed) {
      page = answer;
      tellReady();
    }
  }

  private void onFailure(Throwable failure) {
    if (closed) {
      return;
    }
    if (failure instanceof RejectedException refused
        && refused.rejection() instanceof Rejection.Compacted(long compactRevision)) {
      history.compactedTo(compactRevision);
      rejection = refused.rejection();
      tellReady();
      return;
    }
    long pause = Math.min(PAUSE_MILLIS_MAX, PAUSE_MILLIS << Math.min(failures, 10));
    failures++;
    history.ports().loop().after(1 + history.ports().random().nextLong(pause), this::ask);
  }

  private void tellReady() {
    Runnable told = ready;
    ready = null;
    if (told != null) {
      told.run();
    }
  }

  @Override
  public boolean awaits(Runnable whenReady) {
    if (finished()) {
      return false;
    }
    ready = whenReady;
    return true;
  }

  @Override
  public @Nullable Rejection rejection() {
    check(finished(), "the outcome is read when the run is finished");
    return rejection;
  }

  @Override
  public HistoryPage result() {
    return Objects.requireNonNull(page, "a result is read when the run was answered");
  }

  @Override
  public void close() {
    closed = true;
    ready = null;
  }
}
