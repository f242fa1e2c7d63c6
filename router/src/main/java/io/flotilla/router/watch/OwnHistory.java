package io.flotilla.router.watch;

import io.flotilla.base.Rejection;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.QueryRun;
import org.jspecify.annotations.Nullable;

/// A page of a group's history without the changes of keys that are not its own.
final class OwnHistory implements QueryRun<HistoryPage> {
  private final QueryRun<HistoryPage> whole;
  private final OwnKeys own;

  OwnHistory(QueryRun<HistoryPage> whole, OwnKeys own) {
    this.whole = whole;
    this.own = own;
  }

  @Override
  public boolean step(int budget) {
    return whole.step(budget);
  }

  @Override
  public boolean awaits(Runnable ready) {
    return whole.awaits(ready);
  }

  @Override
  public @Nullable Rejection rejection() {
    return whole.rejection();
  }

  @Override
  public HistoryPage result() {
    HistoryPage page = whole.result();
    var events = page.events().stream().filter(event -> own.contains(event.key())).toList();
    return new HistoryPage(events, page.nextRevision(), page.storeRevision());
  }

  @Override
  public void close() {
    whole.close();
  }
}
