package io.flotilla.storage.backup;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.KeyRange;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.SimDisk;
import io.flotilla.storage.mvcc.HashRun;
import io.flotilla.storage.mvcc.MvccCheck;
import io.flotilla.storage.mvcc.MvccStore;
import io.flotilla.storage.mvcc.TestStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SnapshotTest {
  private static final Path TARGET = Path.of("/restored");
  private static final TreeFileConfig CONFIG = TreeFileConfig.standard();

  private static TestStore filled(int keys) {
    var test = new TestStore();
    for (int i = 0; i < keys; i++) {
      test.put("k" + i % (keys / 2 + 1), "v".repeat(i % 300), i % 4);
      if (i % 5 == 4) {
        test.delete("k" + (i - 1) % (keys / 2 + 1));
      }
    }
    test.store().component("applied").putLong("index".getBytes(UTF_8), 77);
    return test;
  }

  private static SnapshotWriter snapshotOf(TestStore test) {
    return SnapshotWriter.open(test.file(), test.store().revision());
  }

  private static byte[] drain(SnapshotWriter writer, int chunkBytes) {
    ByteBuffer all = ByteBuffer.allocate((int) writer.totalBytes());
    ByteBuffer chunk = ByteBuffer.allocate(chunkBytes);
    while (writer.nextChunk(chunk)) {
      assertThat(chunk.hasRemaining() && writer.remainingBytes() > 0).as("a short one").isFalse();
      all.put(chunk.flip());
      assertThat(writer.remainingBytes()).isEqualTo(all.remaining());
      chunk.clear();
    }
    assertThat(all.hasRemaining()).isFalse();
    return all.array();
  }

  private static byte[] streamOf(TestStore test) {
    try (SnapshotWriter writer = snapshotOf(test)) {
      return drain(writer, 32768);
    }
  }

  /// Hands the stream out in pieces of every size, as a network does.
  private static SnapshotSource source(byte[] stream) {
    ByteBuffer left = ByteBuffer.wrap(stream);
    return target -> {
      if (!left.hasRemaining()) {
        return -1;
      }
      int room = Math.min(target.remaining(), left.remaining());
      int size = Math.min(1 + left.position() % 5000, room);
      target.put(target.position(), left, left.position(), size);
      target.position(target.position() + size);
      left.position(left.position() + size);
      return size;
    };
  }

  private static SnapshotReader.Restored restore(SimDisk disk, byte[] stream) {
    return SnapshotReader.restore(disk, TARGET, CONFIG, source(stream));
  }

  private static int hash(MvccStore store) {
    try (HashRun run = store.openHash(0)) {
      boolean more = true;
      while (more) {
        more = run.step(1000);
      }
      return run.result().hash();
    }
  }

  @Test
  void restoredStoreIsTheOneThatWasSent() throws IOException {
    try (TestStore test = filled(400)) {
      test.store().startCompaction(200);
      test.store().compactStep(50);
      byte[] stream = streamOf(test);
      var disk = new SimDisk();
      SnapshotReader.Restored restored = restore(disk, stream);
      assertThat(restored.revision()).isEqualTo(test.store().revision());
      try (TreeFile file = TreeFile.open(disk, TARGET, CONFIG)) {
        assertThat(MvccCheck.check(file)).isEmpty();
        MvccStore store = MvccStore.open(file);
        assertThat(store.revision()).isEqualTo(test.store().revision());
        assertThat(store.compactRevision()).isEqualTo(200);
        assertThat(store.scheduledCompaction()).isEqualTo(200);
        assertThat(store.count(KeyRange.ALL, store.revision())).isEqualTo(test.store().keyCount());
        assertThat(store.keysOfLease(3)).isEqualTo(test.store().keysOfLease(3)).isNotEmpty();
        assertThat(hash(store)).isEqualTo(hash(test.store()));
        assertThat(store.component("applied").getLong("index".getBytes(UTF_8), 0)).isEqualTo(77);
      }
      TestStore.verifyPages(disk, TARGET);
      assertThat(disk.files()).as("nothing else is left").containsExactly(TARGET);
    }
  }

  /// etcdctl takes a file only if what precedes the checksum is a multiple of 512 (§2.11).
  @Test
  void streamIsWholeBlocks() {
    for (int keys = 1; keys < 40; keys += 3) {
      try (TestStore test = filled(keys)) {
        byte[] stream = streamOf(test);
        assertThat(stream.length % 512).isZero();
        assertThat(restore(new SimDisk(), stream).revision()).isEqualTo(test.store().revision());
      }
    }
  }

  @Test
  void streamDoesNotDependOnTheSizeOfItsChunks() {
    try (TestStore test = filled(100)) {
      byte[] expected = streamOf(test);
      for (int chunkBytes : new int[] {1, 7, 512, 65_540, 1 << 20}) {
        try (SnapshotWriter writer = snapshotOf(test)) {
          assertThat(drain(writer, chunkBytes)).isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void writesMeanwhileAreNotInTheStream() {
    try (TestStore test = filled(100)) {
      byte[] before = streamOf(test);
      try (SnapshotWriter writer = snapshotOf(test)) {
        for (int i = 0; i < 100; i++) {
          test.put("k" + i, "changed");
        }
        test.checkpoint();
        test.compact(test.store().revision());
        assertThat(drain(writer, 1000)).isEqualTo(before);
      }
    }
  }

  @Test
  void valuesLongerThanAFrameComeBack() throws IOException {
    var random = new Random(1);
    try (var test = new TestStore()) {
      for (int size : new int[] {65_000, 65_536, 70_000, 1_500_000}) {
        byte[] bytes = new byte[size / 2];
        random.nextBytes(bytes);
        test.put("k" + size, HexFormat.of().formatHex(bytes));
      }
      var disk = new SimDisk();
      restore(disk, streamOf(test));
      try (TreeFile file = TreeFile.open(disk, TARGET, CONFIG)) {
        assertThat(hash(MvccStore.open(file))).isEqualTo(hash(test.store()));
      }
    }
  }

  @Test
  void everyFlippedBitIsNoticed() {
    try (TestStore test = filled(12)) {
      byte[] stream = streamOf(test);
      for (int i = 0; i < stream.length; i++) {
        byte[] damaged = stream.clone();
        damaged[i] ^= (byte) (1 << i % 8);
        refuses(damaged, "bit " + i % 8 + " of byte " + i);
      }
    }
  }

  @Test
  void everyCutAndEveryAdditionIsNoticed() {
    try (TestStore test = filled(12)) {
      byte[] stream = streamOf(test);
      for (int length = 0; length < stream.length; length += 13) {
        refuses(Arrays.copyOf(stream, length), "cut to " + length);
      }
      refuses(Arrays.copyOf(stream, stream.length + 1), "one byte more");
      refuses(Arrays.copyOf(stream, stream.length + 512), "a block more");
    }
  }

  private static void refuses(byte[] damaged, String what) {
    var disk = new SimDisk();
    assertThatThrownBy(() -> restore(disk, damaged))
        .as(what)
        .isInstanceOf(SnapshotDamagedException.class);
    assertThat(disk.files()).as("nothing stays after " + what).isEmpty();
  }

  @Test
  void repeatedAndSwappedFramesAreNoticed() {
    try (var test = new TestStore()) {
      for (int i = 0; i < 4; i++) {
        test.put("k" + i, "v".repeat(65_536));
      }
      byte[] stream = streamOf(test);
      int frame = SnapshotFormat.PAYLOAD_BYTES + SnapshotFormat.FRAME_CRC_BYTES;
      int second = SnapshotFormat.BLOCK_BYTES + frame;
      byte[] repeated = stream.clone();
      System.arraycopy(stream, SnapshotFormat.BLOCK_BYTES, repeated, second, frame);
      refuses(repeated, "the first frame twice");
      byte[] swapped = stream.clone();
      System.arraycopy(stream, SnapshotFormat.BLOCK_BYTES, swapped, second, frame);
      System.arraycopy(stream, second, swapped, SnapshotFormat.BLOCK_BYTES, frame);
      refuses(swapped, "two frames swapped");
    }
  }

  @Test
  void formatOfALaterVersionIsRefused() {
    try (TestStore test = filled(5)) {
      byte[] stream = streamOf(test);
      ByteBuffer.wrap(stream).putInt(SnapshotFormat.VERSION_OFFSET, 2);
      assertThatThrownBy(() -> restore(new SimDisk(), stream))
          .isInstanceOf(SnapshotDamagedException.class)
          .hasMessageContaining("format 2");
    }
  }

  @Test
  void failingSourceLeavesTheOldFileAlone() throws IOException {
    try (TestStore test = filled(50)) {
      var disk = new SimDisk();
      restore(disk, streamOf(test));
      byte[] old = disk.bytes(TARGET);
      SnapshotSource broken =
          _ -> {
            throw new IOException("connection lost");
          };
      assertThatThrownBy(() -> SnapshotReader.restore(disk, TARGET, CONFIG, broken))
          .isInstanceOf(UncheckedIOException.class);
      byte[] damaged = streamOf(test);
      damaged[damaged.length / 2] ^= 1;
      assertThatThrownBy(() -> restore(disk, damaged)).isInstanceOf(SnapshotDamagedException.class);
      assertThat(disk.bytes(TARGET)).isEqualTo(old);
    }
  }

  /// Power fails at every write and force of a restore: the name is there with the whole store or
  /// not there at all.
  @Test
  void powerFailureNeverLeavesHalfAStore() throws IOException {
    try (TestStore test = filled(30)) {
      byte[] stream = streamOf(test);
      int expected = hash(test.store());
      var whole = new SimDisk();
      restore(whole, stream);
      long operations = whole.operations();
      assertThat(operations).isGreaterThan(3);
      for (long stop = 1; stop <= operations + 1; stop++) {
        var disk = new SimDisk().stopAt(stop);
        boolean done = restoresCompletely(disk, stream);
        SimDisk after = disk.crash(new Random(stop));
        if (!after.exists(TARGET)) {
          assertThat(done).as("a restore that returned is durable").isFalse();
          continue;
        }
        try (TreeFile file = TreeFile.open(after, TARGET, CONFIG)) {
          assertThat(MvccCheck.check(file)).isEmpty();
          assertThat(hash(MvccStore.open(file))).isEqualTo(expected);
        }
      }
    }
  }

  private static boolean restoresCompletely(SimDisk disk, byte[] stream) {
    try {
      restore(disk, stream);
      return true;
    } catch (UncheckedIOException stopped) {
      return false;
    }
  }
}
