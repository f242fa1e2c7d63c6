package io.flotilla.loadtest.failover;

import io.flotilla.loadtest.failover.WriteKeys.WriteId;
import io.flotilla.proto.mvcc.KeyValue;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/// Compares what a server has with what its clients were told. Pure; for one pass over all keys.
final class Audit {
  private static final int EXAMPLES_MAX = 10;

  private final WriteKeys keys;
  private final List<WriteLog> logs;
  private final List<BitSet> found;
  private final List<String> examples = new ArrayList<>();
  private long doubled;
  private long altered;
  private long moved;
  private long foreign;

  Audit(WriteKeys keys, List<WriteLog> logs) {
    this.keys = keys;
    this.logs = logs;
    this.found = logs.stream().map(log -> new BitSet(log.count())).toList();
  }

  /// Takes the next key that was read.
  void onKey(KeyValue pair) {
    Optional<WriteId> write = keys.parse(pair.getKey()).filter(this::wasSent);
    if (write.isEmpty()) {
      foreign++;
      example("nobody wrote", pair.getKey().toStringUtf8());
      return;
    }
    WriteId id = write.get();
    found.get(id.client()).set(id.sequence());
    if (pair.getVersion() != 1) {
      doubled++;
      example("written " + pair.getVersion() + " times", name(id));
    }
    if (!pair.getValue().equals(keys.value(id))) {
      altered++;
      example("another value than written", name(id));
    }
    WriteLog log = logs.get(id.client());
    if (log.isAcknowledged(id.sequence()) && log.revision(id.sequence()) != pair.getModRevision()) {
      moved++;
      String text = "acknowledged at %d, is at %d";
      example(text.formatted(log.revision(id.sequence()), pair.getModRevision()), name(id));
    }
  }

  /// The verdict when every key was taken.
  Verdict verdict(String reader) {
    long acknowledged = 0;
    long lost = 0;
    long failed = 0;
    long failedButApplied = 0;
    for (int client = 0; client < logs.size(); client++) {
      WriteLog log = logs.get(client);
      for (int i = 0; i < log.count(); i++) {
        boolean there = found.get(client).get(i);
        if (!log.isAcknowledged(i)) {
          failed++;
          failedButApplied += there ? 1 : 0;
          continue;
        }
        acknowledged++;
        if (!there) {
          lost++;
          example("acknowledged at " + log.revision(i) + " and lost", name(new WriteId(client, i)));
        }
      }
    }
    return new Verdict(
        reader,
        acknowledged,
        failed,
        failedButApplied,
        new Verdict.Faults(lost, doubled, altered, moved, foreign),
        examples);
  }

  private boolean wasSent(WriteId id) {
    return id.client() >= 0
        && id.client() < logs.size()
        && id.sequence() >= 0
        && id.sequence() < logs.get(id.client()).count();
  }

  private String name(WriteId id) {
    return keys.key(id).toStringUtf8();
  }

  private void example(String what, String key) {
    if (examples.size() < EXAMPLES_MAX) {
      examples.add(key + ": " + what);
    }
  }
}
