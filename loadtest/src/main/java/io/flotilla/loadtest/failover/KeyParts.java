package io.flotilla.loadtest.failover;

import io.flotilla.loadtest.failover.WriteKeys.WriteId;
import java.util.List;
import java.util.stream.IntStream;

/// The clients of a run in parts of about equal size. Each has an interval of the run's keys for
/// itself, so that what happens to a range of keys can be told from what happens to the rest.
///
/// @param clients of the run
/// @param parts at least 1 and at most as many as clients
public record KeyParts(WriteKeys keys, int clients, int parts) {
  public KeyParts {
    if (parts < 1 || parts > clients) {
      throw new IllegalArgumentException("needs 1 to " + clients + " parts");
    }
  }

  /// The first key of each part but the first, ascending.
  public List<String> borders() {
    return IntStream.range(1, parts)
        .mapToObj(part -> keys.key(new WriteId(first(part), 0)).toStringUtf8())
        .toList();
  }

  /// Those of the part's clients.
  List<WriteLog> of(int part, List<WriteLog> logs) {
    return logs.subList(first(part), first(part + 1));
  }

  private int first(int part) {
    return (int) ((long) part * clients / parts);
  }
}
