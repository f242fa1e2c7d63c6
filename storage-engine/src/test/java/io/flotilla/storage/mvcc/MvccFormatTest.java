package io.flotilla.storage.mvcc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/// The bytes of format version 1. A change here is a new version, which must still read these.
final class MvccFormatTest {
  private static final HexFormat HEX = HexFormat.of();

  private final TestStore test = new TestStore();

  private static String join(String... parts) {
    return String.join("", parts);
  }

  private static String number(long value) {
    return HEX.toHexDigits(value);
  }

  @Test
  void firstRecordIsBare() {
    test.put("ab", "v", 5);
    String record = join("00", "00000002", number(2), number(1), number(5), "6162", "76");
    assertThat(test.dump("revisions")).containsExactly(number(2) + number(0) + " " + record);
    String entry = join("00", number(2), "00000000", number(2), number(1), number(5));
    assertThat(test.dump("keys")).containsExactly("6162 " + entry);
    assertThat(test.dump("leases")).containsExactly(number(5) + "6162 ");
    String format = HEX.formatHex("format".getBytes(UTF_8));
    assertThat(test.dump("meta")).containsExactly(format + " " + number(1));
    test.close();
  }

  @Test
  void laterRecordsCarryALink() {
    for (int i = 0; i < 4; i++) {
      test.put("a", ""); // 2..5
    }
    String link = join(number(4), "00000000", "00000000", number(4), number(4));
    String record = join("02", "00000001", number(2), number(4), number(0), link, "61");
    assertThat(test.dump("revisions").getLast()).isEqualTo(number(5) + number(0) + " " + record);
    // Depth 4 jumps to depth 3, whose own jump leads to nothing.
    String entryLink = join(number(4), number(4), "00000000", "00000000", number(0));
    String entry = join("02", number(5), "00000000", number(2), number(4), number(0), entryLink);
    assertThat(test.dump("keys")).containsExactly("61 " + entry);
    test.close();
  }

  @Test
  void tombstoneHasNoNumbers() {
    test.put("a", "v", 7);
    test.delete("a");
    String link = join(number(2), "00000000", "00000000", number(2), number(2));
    String record = join("03", "00000001", number(0), number(0), number(0), link, "61");
    assertThat(test.dump("revisions").getLast()).isEqualTo(number(3) + number(0) + " " + record);
    assertThat(test.dump("leases")).isEmpty();
    test.close();
  }

  @Test
  void compactionProgressIsNoted() {
    for (int i = 0; i < 5; i++) {
      test.put("a", ""); // 2..6
    }
    test.store().startCompaction(5);
    test.store().compactStep(2);
    String progress = join(number(5), number(4), number(0), "00");
    String name = HEX.formatHex("compaction".getBytes(UTF_8));
    assertThat(test.dump("meta").getFirst()).isEqualTo(name + " " + progress);
    test.finishCompaction();
    String done = join(number(5), number(5), number(0), "01");
    assertThat(test.dump("meta").getFirst()).isEqualTo(name + " " + done);
    test.close();
  }

  @Test
  void laterFormatIsRefused() {
    byte[] later = Bytes.ofLong(2);
    test.file().tree("meta").put("format".getBytes(UTF_8), later, later.length, true);
    test.checkpoint();
    assertThatThrownBy(test::reopen)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("format 2");
  }
}
