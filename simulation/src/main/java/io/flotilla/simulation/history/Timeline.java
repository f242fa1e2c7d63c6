package io.flotilla.simulation.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Which revisions had been seen when. A revision that anybody has seen is in the past of all that
/// begins later.
final class Timeline {
  private final List<Sight> sights;
  private final long[] highest;

  /// Somebody saw that the store had reached `revision`.
  ///
  /// @param source the operation or watch that saw it
  record Sight(long time, long revision, Object source) {}

  Timeline(History history) {
    var found = new ArrayList<Sight>();
    for (Operation operation : history.operations()) {
      Answer answer = operation.answer();
      if (answer != null) {
        found.add(new Sight(operation.completed(), answer.revision(), operation));
      }
    }
    for (Watching watching : history.watches()) {
      watching.messages().forEach(message -> addSight(found, watching, message));
    }
    found.sort(Comparator.comparingLong(Sight::time));
    sights = List.copyOf(found);
    highest = new long[sights.size()];
    long max = history.initialRevision();
    for (int i = 0; i < highest.length; i++) {
      max = Math.max(max, sights.get(i).revision());
      highest[i] = max;
    }
  }

  private static void addSight(List<Sight> found, Watching watching, WatchMessage message) {
    switch (message) {
      case WatchMessage.Created created ->
          found.add(new Sight(created.time(), created.revision(), watching));
      case WatchMessage.Progress progress ->
          found.add(new Sight(progress.time(), progress.revision(), watching));
      case WatchMessage.Events events ->
          events.events().stream()
              .mapToLong(WatchMessage.Event::revision)
              .max()
              .ifPresent(revision -> found.add(new Sight(events.time(), revision, watching)));
      case WatchMessage.Canceled _, WatchMessage.Broken _ -> {}
    }
  }

  /// The highest revision that was seen before `time`; `floor` if none was.
  long seenBefore(long time, long floor) {
    int count = countBefore(time);
    return count == 0 ? floor : Math.max(floor, highest[count - 1]);
  }

  /// When it was first seen that the store had reached `revision`; [Long#MAX_VALUE] if never.
  long firstSeen(long revision) {
    int index = indexReaching(revision);
    return index == sights.size() ? Long.MAX_VALUE : sights.get(index).time();
  }

  /// Who saw first that the store had reached `revision`, which somebody did.
  Sight firstSight(long revision) {
    return sights.get(indexReaching(revision));
  }

  long last(long floor) {
    return highest.length == 0 ? floor : Math.max(floor, highest[highest.length - 1]);
  }

  private int indexReaching(long revision) {
    int low = 0;
    int high = highest.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (highest[middle] >= revision) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private int countBefore(long time) {
    int low = 0;
    int high = sights.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sights.get(middle).time() < time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
