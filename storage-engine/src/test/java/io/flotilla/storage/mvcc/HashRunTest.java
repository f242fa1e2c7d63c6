package io.flotilla.storage.mvcc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.InvariantViolation;
import io.flotilla.base.Rejection;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

final class HashRunTest {
  private static int crc(String hex) {
    var crc = new CRC32C();
    crc.update(HexFormat.ofDelimiter(" ").parseHex(hex));
    return (int) crc.getValue();
  }

  /// The bytes of contract §2.11 spelled out: `key`, then a put with a lease, then a tombstone.
  @Test
  void hashIsOverTheseBytes() {
    try (var test = new TestStore()) {
      test.put("a", "v", 300);
      test.delete("a");
      String put =
          "6b 65 79 "
              + "00 00 00 00 00 00 00 02 5f 00 00 00 00 00 00 00 00 "
              + "0a 01 61 10 02 18 02 20 01 2a 01 76 30 ac 02";
      assertThat(test.hash(2)).isEqualTo(new HashResult(crc(put), -1, 2));
      String delete = " 00 00 00 00 00 00 00 03 5f 00 00 00 00 00 00 00 00 74 0a 01 61";
      assertThat(test.hash(0)).isEqualTo(new HashResult(crc(put + delete), -1, 3));
    }
  }

  @Test
  void emptyStoreHashesTheSeed() {
    try (var test = new TestStore()) {
      assertThat(test.hash(0).hash()).isEqualTo(crc("6b 65 79"));
    }
  }

  /// Of revisions up to the compaction only what is kept counts, and its tombstones never do.
  @Test
  void compactedHistoryDoesNotCount() {
    try (var test = new TestStore()) {
      test.put("a", "1"); // 2
      test.put("b", "2"); // 3
      test.delete("a"); // 4
      test.store().startCompaction(4);
      int marked = test.hash(0).hash();
      test.finishCompaction();
      assertThat(test.hash(0)).isEqualTo(new HashResult(marked, 4, 4));
      String kept =
          "6b 65 79 "
              + "00 00 00 00 00 00 00 03 5f 00 00 00 00 00 00 00 00 "
              + "0a 01 62 10 03 18 03 20 01 2a 01 32";
      assertThat(marked).isEqualTo(crc(kept));
    }
  }

  @Test
  void replicasAgreeHoweverFarTheirCompactionIs() {
    try (var eager = new TestStore();
        var lazy = new TestStore()) {
      for (int round = 0; round < 40; round++) {
        for (TestStore replica : new TestStore[] {eager, lazy}) {
          replica.put("k" + round % 7, "v" + round, round % 3);
          if (round % 5 == 4) {
            replica.delete("k" + (round - 2) % 7);
          }
          if (round % 8 == 7) {
            replica.store().startCompaction(replica.store().revision() - 3);
          }
        }
        eager.finishCompaction();
        if (round % 3 == 0) {
          lazy.store().compactStep(2);
        }
        assertThat(eager.hash(0)).isEqualTo(lazy.hash(0));
        long at = Math.max(1, eager.store().revision() - 2);
        assertThat(eager.hash(at)).isEqualTo(lazy.hash(at));
      }
      assertThat(lazy.store().scheduledCompaction()).as("they did differ").isPositive();
    }
  }

  @Test
  void hashIsOfTheMomentItWasOpened() throws Exception {
    try (var test = new TestStore();
        var other = Executors.newSingleThreadExecutor()) {
      for (int i = 0; i < 50; i++) {
        test.put("k" + i % 9, "v".repeat(i * 100));
      }
      HashResult before = test.hash(0);
      HashRun run = test.store().openHash(0);
      Callable<HashResult> task =
          () -> {
            boolean more = true;
            while (more) {
              more = run.step(1);
            }
            return run.result();
          };
      Future<HashResult> result = other.submit(task);
      for (int i = 0; i < 50; i++) {
        test.put("k" + i % 9, "w");
      }
      test.store().startCompaction(test.store().revision());
      assertThat(result.get()).isEqualTo(before);
      run.close();
    }
  }

  @Test
  void unreadableRevisionsAreRefused() {
    try (var test = new TestStore()) {
      test.put("a", "1");
      test.put("a", "2");
      test.compact(3);
      assertThat(MvccModelTest.rejectionOf(() -> test.store().openHash(4)))
          .isEqualTo(new Rejection.FutureRevision(3));
      assertThat(MvccModelTest.rejectionOf(() -> test.store().openHash(2)))
          .isEqualTo(new Rejection.Compacted(3));
      HashRun run = test.store().openHash(3);
      assertThatThrownBy(run::result).isInstanceOf(InvariantViolation.class);
      run.close();
    }
  }
}
