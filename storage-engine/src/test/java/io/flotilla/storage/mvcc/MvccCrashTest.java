package io.flotilla.storage.mvcc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// All trees of a store come back from the same moment, wherever the power failed.
final class MvccCrashTest {
  private static final byte[] INDEX = "index".getBytes(UTF_8);

  /// Hash of the store at each checkpoint that was begun, by its number.
  private final TreeMap<Long, HashResult> begun = new TreeMap<>();
  private long ended;

  @Test
  void storeComesBackFromOneMoment() throws IOException {
    var whole = new SimDisk();
    run(whole);
    long operations = whole.operations();
    assertThat(operations).isGreaterThan(20);
    for (long stop = 1; stop <= operations; stop++) {
      begun.clear();
      ended = 0;
      var disk = new SimDisk().stopAt(stop);
      assertThat(stops(disk)).isTrue();
      verify(disk.crash(new Random(stop)));
    }
  }

  private boolean stops(SimDisk disk) {
    try {
      run(disk);
      return false;
    } catch (IOException stopped) {
      return true;
    }
  }

  private void run(SimDisk disk) throws IOException {
    try (TreeFile file = TreeFile.open(disk, TestStore.PATH, TreeFileConfig.standard())) {
      MvccStore store = MvccStore.open(file);
      for (long round = 1; round <= 6; round++) {
        work(store, round);
        store.component("applied").putLong(INDEX, round);
        begun.put(round, hash(store));
        file.checkpoint();
        ended = round;
      }
    }
  }

  private static void work(MvccStore store, long round) {
    for (int i = 0; i < 60; i++) {
      MvccWriter writer = store.begin(store.revision() + 1);
      byte[] value = ("value " + round).repeat(i % 9 * 20).getBytes(UTF_8);
      writer.put(Key.utf8("k" + i * round % 41), value, i % 3);
      writer.delete(Key.utf8("k" + i % 11));
      writer.seal();
    }
    if (round % 2 == 0) {
      store.startCompaction(store.revision() - 40);
    }
    store.compactStep(50);
  }

  private static HashResult hash(MvccStore store) {
    try (HashRun run = store.openHash(0)) {
      boolean more = true;
      while (more) {
        more = run.step(1000);
      }
      return run.result();
    }
  }

  private void verify(SimDisk disk) throws IOException {
    try (TreeFile file = TreeFile.open(disk, TestStore.PATH, TreeFileConfig.standard())) {
      MvccStore store = MvccStore.open(file);
      assertThat(MvccCheck.check(file)).isEmpty();
      long round = store.component("applied").getLong(INDEX, 0);
      assertThat(round).as("the last checkpoint or the one in flight").isBetween(ended, ended + 1);
      if (round > 0) {
        assertThat(hash(store)).isEqualTo(begun.get(round));
      } else {
        assertThat(store.revision()).isEqualTo(1);
      }
    }
    TestStore.verifyPages(disk, TestStore.PATH);
  }
}
