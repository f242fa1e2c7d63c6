package io.flotilla.storage.mvcc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class KeyedStateTest {
  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static List<String> all(KeyedState state, String from) {
    List<String> entries = new ArrayList<>();
    KeyedState.Scan scan = state.scan(bytes(from));
    while (scan.next()) {
      entries.add(new String(scan.key(), UTF_8) + "=" + new String(scan.value(), UTF_8));
    }
    assertThat(scan.next()).as("the end stays the end").isFalse();
    return entries;
  }

  @Test
  void mapKeepsWhatIsPut() {
    try (var test = new TestStore()) {
      KeyedState state = test.store().component("leases");
      assertThat(state.get(bytes("a"))).isNull();
      assertThat(state.put(bytes("b"), bytes("1"))).isTrue();
      assertThat(state.put(bytes("a"), bytes("2"))).isTrue();
      assertThat(state.put(bytes("b"), bytes("3"))).isFalse();
      assertThat(state.size()).isEqualTo(2);
      assertThat(all(state, "")).containsExactly("a=2", "b=3");
      assertThat(all(state, "b")).containsExactly("b=3");
      assertThat(state.delete(bytes("a"))).isTrue();
      assertThat(state.delete(bytes("a"))).isFalse();
      assertThat(all(state, "")).containsExactly("b=3");
    }
  }

  @Test
  void numbersAreEightBytes() {
    try (var test = new TestStore()) {
      KeyedState state = test.store().component("applied");
      assertThat(state.getLong(bytes("index"), -7)).isEqualTo(-7);
      state.putLong(bytes("index"), 42);
      assertThat(state.getLong(bytes("index"), -7)).isEqualTo(42);
      assertThat(state.get(bytes("index"))).containsExactly(0, 0, 0, 0, 0, 0, 0, 42);
    }
  }

  @Test
  void componentsDoNotMeet() {
    try (var test = new TestStore()) {
      test.store().component("a").put(bytes("x"), bytes("1"));
      assertThat(test.store().component("b").get(bytes("x"))).isNull();
      assertThat(test.store().component("keys").size()).isZero();
      test.put("x", "2");
      assertThat(test.store().component("a").size()).isEqualTo(1);
      assertThat(test.store().component("keys").size()).isZero();
    }
  }

  @Test
  void scanGoesOnWhileTheMapChanges() {
    try (var test = new TestStore()) {
      KeyedState state = test.store().component("c");
      for (char c = 'a'; c <= 'j'; c++) {
        state.put(bytes("" + c), bytes("1"));
      }
      StringBuilder seen = new StringBuilder();
      KeyedState.Scan scan = state.scan(bytes(""));
      while (scan.next()) {
        seen.append(new String(scan.key(), UTF_8));
        state.delete(scan.key());
      }
      assertThat(seen).hasToString("abcdefghij");
      assertThat(state.size()).isZero();
    }
  }

  @Test
  void stateCommitsWithTheStore() {
    try (var test = new TestStore()) {
      test.store().component("applied").putLong(bytes("index"), 1);
      test.put("a", "1");
      test.checkpoint();
      test.store().component("applied").putLong(bytes("index"), 2);
      test.put("a", "2");
      test.reopen();
      assertThat(test.store().component("applied").getLong(bytes("index"), 0)).isEqualTo(1);
      assertThat(test.store().revision()).isEqualTo(2);
    }
  }
}
