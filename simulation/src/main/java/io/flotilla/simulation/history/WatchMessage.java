package io.flotilla.simulation.history;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a watcher was told, in the order of arrival.
public sealed interface WatchMessage {
  /// Nanoseconds on the history's clock.
  long time();

  /// @param revision that of the header: with a start of 0 the watch begins behind it
  record Created(long time, long revision) implements WatchMessage {}

  /// @param fragment whether the next message continues this one
  record Events(long time, List<Event> events, boolean fragment) implements WatchMessage {
    public Events {
      events = List.copyOf(events);
    }
  }

  /// All events up to `revision` have been sent.
  record Progress(long time, long revision) implements WatchMessage {}

  /// @param compactRevision the compaction that overtook the watch, 0 if it ended otherwise
  record Canceled(long time, long compactRevision, String reason) implements WatchMessage {}

  /// The connection ended.
  record Broken(long time, String reason) implements WatchMessage {}

  /// One change of one key.
  ///
  /// @param kv the key after a put
  /// @param previous the key before, if asked for and there was one
  record Event(String key, long revision, @Nullable Kv kv, @Nullable Kv previous) {
    static Event put(Kv kv, @Nullable Kv previous) {
      return new Event(kv.key(), kv.modified(), kv, previous);
    }

    static Event delete(String key, long revision, @Nullable Kv previous) {
      return new Event(key, revision, null, previous);
    }

    public boolean isPut() {
      return kv != null;
    }

    /// The same change, whatever is said about the state before.
    boolean isSameChange(Event other) {
      return key.equals(other.key) && revision == other.revision && Objects.equals(kv, other.kv);
    }

    @Override
    public String toString() {
      String what = kv != null ? "put " + kv : "delete " + Words.of(key) + "@" + revision;
      return previous == null ? what : what + " before " + previous;
    }
  }
}
