package io.flotilla.raft.shard;

import java.util.List;

/// A part of the history of a range of keys: whole revisions only.
///
/// @param events by (revision, sub-revision)
/// @param nextRevision where the next page begins: every event of the range below it, from the
///     asked revision on, is in `events`
/// @param storeRevision the newest revision when the page was begun
public record HistoryPage(List<ChangeEvent> events, long nextRevision, long storeRevision) {
  public HistoryPage {
    events = List.copyOf(events);
  }
}
