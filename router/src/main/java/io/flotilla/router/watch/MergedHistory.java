package io.flotilla.router.watch;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.Rejection;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A page of the history of several groups as if it were that of one: by revision, and within one
/// as [WholeRevision] has it. It ends where the first of the groups' pages ends.
///
/// Groups are read one after the other, each no further than the one before it came, and what they
/// read together stays within the bytes that the query allows, and a revision of each.
public final class MergedHistory implements QueryRun<HistoryPage> {
  private final List<? extends GroupHistory> groups;
  private final ShardQuery.History query;
  private final List<Part> parts = new ArrayList<>();

  /// What one group's page holds, and up to where it was merged.
  private static final class Part {
    final List<ChangeEvent> events;
    int from;

    Part(List<ChangeEvent> events) {
      this.events = events;
    }

    long revision() {
      return from < events.size() ? events.get(from).revision() : Long.MAX_VALUE;
    }

    /// All events of the next revision.
    List<ChangeEvent> take() {
      long revision = revision();
      int begin = from;
      while (revision() == revision) {
        from++;
      }
      return events.subList(begin, from);
    }
  }

  private int reading;
  private long next;
  private long bytesLeft;
  private @Nullable QueryRun<HistoryPage> run;
  private @Nullable Rejection rejection;

  /// @param groups at least one, ascending by id
  /// @param query whose last revision every group has come to here ([GroupHistory#revision])
  public MergedHistory(List<? extends GroupHistory> groups, ShardQuery.History query) {
    check(!groups.isEmpty(), "somebody's history is read");
    this.groups = List.copyOf(groups);
    this.query = query;
    this.next = Math.max(query.fromRevision(), query.toRevision() + 1);
    this.bytesLeft = query.maxBytes();
  }

  @Override
  public boolean step(int budget) {
    int share = Math.max(1, budget / groups.size());
    while (!finished()) {
      QueryRun<HistoryPage> current = run == null ? begin() : run;
      if (current.step(share)) {
        return true;
      }
      rejection = current.rejection();
      if (rejection == null) {
        take(current.result());
      }
      close();
      reading++;
    }
    return false;
  }

  @Override
  public boolean awaits(Runnable ready) {
    return run != null && run.awaits(ready);
  }

  private boolean finished() {
    return rejection != null || reading == groups.size();
  }

  private QueryRun<HistoryPage> begin() {
    long share = Math.max(1, bytesLeft / (groups.size() - reading));
    var part =
        new ShardQuery.History(
            query.keys(),
            query.fromRevision(),
            next - 1,
            query.maxRevisions(),
            (int) share,
            query.withPrevious());
    QueryRun<HistoryPage> begun = groups.get(reading).history(part);
    run = begun;
    return begun;
  }

  private void take(HistoryPage page) {
    next = Math.min(next, nextOf(page, next - 1));
    for (ChangeEvent event : page.events()) {
      bytesLeft -= event.weightBytes();
    }
    parts.add(new Part(page.events()));
  }

  /// Where a page that was read up to `toRevision` really ends: a group that is complete to there
  /// has nothing behind its newest mutation.
  static long nextOf(HistoryPage page, long toRevision) {
    boolean whole = page.nextRevision() > Math.min(toRevision, page.storeRevision());
    return whole ? Math.max(page.nextRevision(), toRevision + 1) : page.nextRevision();
  }

  @Override
  public @Nullable Rejection rejection() {
    check(finished(), "the outcome is read when the run is finished");
    return rejection;
  }

  @Override
  public HistoryPage result() {
    check(finished() && rejection == null, "a result is read when the run was answered");
    parts.forEach(part -> part.from = 0);
    List<ChangeEvent> events = new ArrayList<>();
    long revision = nextRevision();
    for (int count = 0; revision < next && count < query.maxRevisions(); count++) {
      events.addAll(takeRevision(revision));
      revision = nextRevision();
    }
    return new HistoryPage(events, Math.min(next, revision), query.toRevision());
  }

  private long nextRevision() {
    long revision = Long.MAX_VALUE;
    for (Part part : parts) {
      revision = Math.min(revision, part.revision());
    }
    return revision;
  }

  private List<ChangeEvent> takeRevision(long revision) {
    List<List<ChangeEvent>> taken = new ArrayList<>(1);
    for (Part part : parts) {
      if (part.revision() == revision) {
        taken.add(part.take());
      }
    }
    return WholeRevision.of(taken);
  }

  @Override
  public void close() {
    QueryRun<HistoryPage> open = run;
    run = null;
    if (open != null) {
      open.close();
    }
  }
}
