package io.flotilla.storage.btree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.InvariantViolation;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.storage.check.TreeCheck;
import io.flotilla.storage.file.NioDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Edges of the tree's own contract, on the machine's disk.
class BTreeTest {
  @TempDir Path directory;

  private TreeFile file;
  private BTree tree;

  @BeforeEach
  void open() throws IOException {
    file = TreeFile.open(new NioDisk(), directory.resolve("db"), TreeFileConfig.standard());
    tree = file.tree("t");
  }

  @AfterEach
  void fileIsSound() throws IOException {
    file.close();
    var report = TreeCheck.verify(new NioDisk(), directory.resolve("db"));
    assertThat(report.problems()).isEmpty();
  }

  @Test
  void anEntryIsReplacedOnlyWhereACursorOfItsTreeStands() throws IOException {
    byte[] key = {1};
    byte[] value = {7, 8, 9};
    tree.put(key, value, 3, true);
    Cursor place = tree.cursor();
    assertThatThrownBy(() -> tree.replace(place, value, 1, true))
        .isInstanceOf(InvariantViolation.class);
    assertThat(place.seekExact(key)).isTrue();
    assertThatThrownBy(() -> file.tree("other").replace(place, value, 1, true))
        .isInstanceOf(InvariantViolation.class);
    assertThatThrownBy(() -> tree.replace(place, value, 4, true))
        .isInstanceOf(IllegalArgumentException.class);
    tree.replace(place, value, 2, false);
    assertThat(place.isPositioned()).isFalse();
    assertThatThrownBy(() -> tree.replace(place, value, 1, true))
        .isInstanceOf(InvariantViolation.class);
    assertThat(place.seekExact(key)).isTrue();
    file.checkpoint(); // the page lies elsewhere now
    tree.replace(place, value, 1, true);
    assertThat(place.seekExact(key)).isTrue();
    assertThat(place.value()).containsExactly(7);
    assertThat(tree.size()).isEqualTo(1);
    assertThat(tree.count(KeyRange.ALL)).isEqualTo(1);
    file.checkpoint();
  }

  @Test
  void keysAndValuesOf16MebibytesWork() throws IOException {
    int size = 16 << 20;
    byte[] low = new byte[size];
    byte[] high = low.clone();
    high[size - 1] = 1;
    byte[] value = new byte[size];
    new Random(1).nextBytes(value);
    assertThat(tree.put(high, value, size, true)).isTrue();
    assertThat(tree.put(low, value, 5, true)).isTrue();
    for (int i = 0; i < 300; i++) {
      tree.put(Arrays.copyOf(low, 1 + i * 10), value, i * 3, false);
    }
    file.checkpoint();
    file.close();
    file = TreeFile.open(new NioDisk(), directory.resolve("db"), TreeFileConfig.standard());
    tree = file.tree("t");
    Cursor cursor = tree.cursor();
    assertThat(cursor.last()).isTrue();
    assertThat(cursor.keyLength()).isEqualTo(size);
    assertThat(cursor.compareKey(high)).isZero();
    assertThat(cursor.compareKey(low)).isPositive();
    assertThat(Arrays.equals(cursor.value(), value)).isTrue();
    assertThat(cursor.valueByte(size - 7)).isEqualTo(value[size - 7]);
    byte[] tail = new byte[3];
    cursor.copyKey(size - 3, tail, 0, 3);
    assertThat(tail).containsExactly(0, 0, 1);
    assertThat(cursor.seekExact(high)).isTrue();
    assertThat(cursor.prev()).isTrue();
    assertThat(cursor.compareKey(low)).isZero();
    assertThat(cursor.valueLength()).isEqualTo(5);
    assertThat(tree.count(KeyRange.from(Key.of(low)))).isEqualTo(2);
    assertThat(tree.delete(high)).isTrue();
    assertThat(tree.delete(low)).isTrue();
    assertThat(tree.size()).isEqualTo(300);
    file.checkpoint();
    assertThat(file.usedBytes()).isLessThan(4 << 20);
  }

  @Test
  void aRunReadAcrossMappedPartsIsWhole() throws IOException {
    // The file grows by one more mapping with each of these, and runs cross from one to the next.
    Random random = new Random(3);
    byte[][] values = new byte[30][];
    for (int i = 0; i < values.length; i++) {
      values[i] = new byte[300_000 + random.nextInt(100_000)];
      random.nextBytes(values[i]);
      tree.put(bytes("key" + i), values[i], values[i].length, true);
      file.checkpoint();
    }
    for (int round = 0; round < 2; round++) {
      Cursor cursor = tree.cursor();
      for (int i = 0; i < values.length; i++) {
        assertThat(cursor.seekExact(bytes("key" + i))).isTrue();
        assertThat(Arrays.equals(cursor.value(), values[i])).isTrue();
        int offset = random.nextInt(values[i].length - 8);
        byte[] eight = Arrays.copyOfRange(values[i], offset, offset + 8);
        assertThat(cursor.valueLong(offset)).isEqualTo(ByteBuffer.wrap(eight).getLong());
      }
      file.close();
      file = TreeFile.open(new NioDisk(), directory.resolve("db"), TreeFileConfig.standard());
      tree = file.tree("t");
    }
  }

  @Test
  void theEmptyKeyAndTheEmptyValueAreEntries() {
    byte[] none = {};
    assertThat(tree.put(none, none, 0, true)).isTrue();
    assertThat(tree.put(none, none, 0, true)).isFalse();
    Cursor cursor = tree.cursor();
    assertThat(cursor.seekExact(none)).isTrue();
    assertThat(cursor.valueLength()).isZero();
    assertThat(cursor.prev()).isFalse();
    assertThat(tree.count(KeyRange.ALL)).isEqualTo(1);
    assertThat(tree.delete(none)).isTrue();
    assertThat(tree.size()).isZero();
    assertThat(cursor.first()).isFalse();
    assertThat(cursor.last()).isFalse();
  }

  @Test
  void countedEntriesMayChangeTheirMind() {
    byte[] value = {1};
    for (int i = 0; i < 1000; i++) {
      tree.put(bytes("k" + i), value, 1, true);
    }
    for (int i = 0; i < 1000; i += 2) {
      tree.put(bytes("k" + i), value, 1, false);
    }
    assertThat(tree.count(KeyRange.ALL)).isEqualTo(500);
    assertThat(tree.size()).isEqualTo(1000);
    assertThat(tree.count(KeyRange.prefix(Key.utf8("k99")))).isEqualTo(6);
  }

  @Test
  void aCursorIsNotReadAfterAWrite() {
    tree.put(bytes("a"), bytes("1"), 1, true);
    Cursor cursor = tree.cursor();
    assertThat(cursor.first()).isTrue();
    tree.put(bytes("b"), bytes("2"), 1, true);
    assertThat(cursor.isPositioned()).isFalse();
    assertThatThrownBy(cursor::next).isInstanceOf(InvariantViolation.class);
    assertThat(cursor.seek(bytes("a"))).isTrue();
    assertThat(cursor.next()).isTrue();
    assertThat(cursor.key()).isEqualTo(bytes("b"));
    assertThat(cursor.next()).isFalse();
  }

  @Test
  void aCursorStaysWhereItIsThroughACheckpoint() throws IOException {
    for (int i = 0; i < 5000; i++) {
      tree.put(bytes("key" + i), bytes("value" + i), 5, true);
    }
    Cursor cursor = tree.cursor();
    assertThat(cursor.seek(bytes("key2500"))).isTrue();
    file.checkpoint();
    // The memory of the pages that became clean is used for other pages now.
    BTree other = file.tree("other");
    for (int i = 0; i < 20_000; i++) {
      other.put(bytes("other" + i), bytes("x"), 1, true);
    }
    assertThat(cursor.compareKey(bytes("key2500"))).isZero();
    assertThat(cursor.next()).isTrue();
    assertThat(cursor.key()).isEqualTo(bytes("key2501"));
  }

  @Test
  void boundsOfCopiesAreChecked() {
    tree.put(bytes("key"), bytes("value"), 5, true);
    Cursor cursor = tree.cursor();
    cursor.first();
    byte[] to = new byte[10];
    assertThatThrownBy(() -> cursor.copyKey(1, to, 0, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> cursor.copyValue(-1, to, 0, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> cursor.valueLong(0)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> cursor.valueByte(5)).isInstanceOf(IndexOutOfBoundsException.class);
    byte[] tooMuch = new byte[1];
    assertThatThrownBy(() -> tree.put(tooMuch, tooMuch, 2, true))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(tree.size()).isEqualTo(1);
  }

  @Test
  void aViewsTreeDoesNotChange() {
    tree.put(bytes("a"), bytes("1"), 1, true);
    try (ReadView view = file.openView()) {
      BTree frozen = view.tree("t");
      assertThatThrownBy(() -> frozen.put(bytes("a"), bytes("1"), 1, true))
          .isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> frozen.delete(bytes("a"))).isInstanceOf(IllegalStateException.class);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
