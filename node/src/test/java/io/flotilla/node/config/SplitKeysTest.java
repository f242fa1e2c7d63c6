package io.flotilla.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.Key;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SplitKeysTest {
  @Test
  void nothingIsNoKey() {
    assertThat(SplitKeys.parse("")).isEmpty();
    assertThat(SplitKeys.parse("  ")).isEmpty();
  }

  @Test
  void textIsTakenAsItIs() {
    assertThat(SplitKeys.parse("/a/b, k m ,ü"))
        .containsExactly(Key.utf8("/a/b"), Key.utf8("k m"), Key.utf8("ü"));
  }

  @Test
  void anyByteCanBeWritten() {
    assertThat(SplitKeys.parse("\\x00\\x2c,a\\\\b\\x20,\\xFF\\xfe"))
        .containsExactly(
            Key.of(new byte[] {0, ','}), Key.utf8("a\\b "), Key.of(new byte[] {-1, -2}));
  }

  @Test
  void whatIsWrittenIsReadAgain() {
    List<Key> keys =
        List.of(
            Key.of(new byte[] {0, 7}),
            Key.of(new byte[] {1, 'x', -1}),
            Key.utf8(" a, b\\x00 "),
            Key.utf8("ü\u007f"));
    String text = keys.stream().map(SplitKeys::text).collect(Collectors.joining(","));
    assertThat(text).matches("[!-~]*");
    assertThat(SplitKeys.parse(text)).isEqualTo(keys);
  }

  @Test
  void keysAreThereAndAscendByUnsignedBytes() {
    assertRefused("a key must not be empty", "a,,b");
    assertRefused("a key must not be empty", "a,");
    assertRefused("\"a\" is named twice", "a,\\x61");
    assertRefused(
        "keys must ascend by their bytes, but \"\\x7f\" comes after \"\\x80\"", "\\x80,\\x7f");
    assertThat(SplitKeys.parse("\\x7f,\\x80")).hasSize(2);
  }

  @Test
  void aBackslashBeginsSomething() {
    String fault = " has a backslash that begins neither \\xNN nor \\\\";
    for (String word : List.of("a\\", "\\x1", "\\n", "\\xg0", "\\\\\\")) {
      assertRefused("\"" + word + "\"" + fault, word);
    }
  }

  @Test
  void thereAreAtMostSixtyThreeAndNoneIsHuge() {
    assertThat(SplitKeys.parse(keys(63))).hasSize(63);
    assertRefused("64 keys are more than 63", keys(64));
    assertThat(SplitKeys.parse("k".repeat(1024))).hasSize(1);
    assertRefused("a key of 1025 bytes is longer than 1024", "k".repeat(1025));
  }

  private static String keys(int count) {
    return IntStream.range(0, count).mapToObj("%03d"::formatted).collect(Collectors.joining(","));
  }

  private static void assertRefused(String reason, String text) {
    assertThatThrownBy(() -> SplitKeys.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(reason);
  }
}
