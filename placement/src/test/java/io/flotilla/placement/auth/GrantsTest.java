package io.flotilla.placement.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.placement.testing.Seeds;
import io.flotilla.proto.auth.Permission;
import io.flotilla.proto.auth.Permission.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GrantsTest {
  private static Permission permission(Type type, String key, String end) {
    return Permission.newBuilder()
        .setPermType(type)
        .setKey(ByteString.copyFromUtf8(key))
        .setRangeEnd(ByteString.copyFromUtf8(end))
        .build();
  }

  private static Grants grants(Permission... permissions) {
    return Grants.of(
        new User("u", ByteString.EMPTY, false, List.of("r", "gone"), 1),
        Map.of("r", new Role("r", List.of(permissions))));
  }

  private static KeyRange range(String key, String end) {
    return KeyRange.ofEtcd(Key.utf8(key).bytes(), Key.utf8(end).bytes());
  }

  private static boolean reads(Grants grants, String key, String end) {
    return grants.allows(Access.READ, range(key, end));
  }

  /// Contract 2.12.2: an interval has to be covered by the union of what is granted.
  @Test
  void grantsThatTouchCoverWhatLiesInBoth() {
    Grants granted =
        grants(
            permission(Type.READ, "a", "c"),
            permission(Type.READ, "c", "e"),
            permission(Type.READ, "g", "h"),
            permission(Type.READ, "k", ""));
    assertThat(reads(granted, "a", "e")).isTrue();
    assertThat(reads(granted, "b", "d")).isTrue();
    assertThat(reads(granted, "a", "f")).isFalse();
    assertThat(reads(granted, "d", "g")).isFalse();
    assertThat(reads(granted, "k", "")).isTrue();
    assertThat(reads(granted, "k", "k\0")).isTrue();
    assertThat(reads(granted, "k", "k\1")).isFalse();
    assertThat(reads(granted, "k", "\0")).isFalse();
    assertThat(reads(granted, "e", "")).isFalse();
  }

  @Test
  void readingAndWritingAreGrantedApart() {
    Grants granted =
        grants(
            permission(Type.READ, "r", ""),
            permission(Type.WRITE, "w", ""),
            permission(Type.READWRITE, "x", "\0"));
    assertThat(granted.allows(Access.WRITE, range("r", ""))).isFalse();
    assertThat(granted.allows(Access.READ, range("w", ""))).isFalse();
    assertThat(granted.allows(Access.WRITE, range("w", ""))).isTrue();
    assertThat(granted.allows(Access.READ, range("y", "\0"))).isTrue();
    assertThat(granted.allows(Access.WRITE, range("x", "\0"))).isTrue();
    assertThat(granted.allows(Access.WRITE, KeyRange.ALL)).isFalse();
  }

  /// A type of a later version, and a role that does not exist.
  @Test
  void whatIsNotUnderstoodGrantsNothing() {
    var unknown = permission(Type.READ, "a", "").toBuilder().setPermTypeValue(9).build();
    assertThat(reads(grants(unknown), "a", "")).isFalse();
    assertThat(reads(grants(), "a", "")).isFalse();
  }

  @Test
  void anEmptyRangeNeedsItsStart() {
    Grants granted = grants(permission(Type.READ, "a", "c"));
    assertThat(reads(granted, "b", "a")).isTrue();
    assertThat(reads(granted, "x", "a")).isFalse();
  }

  @Test
  void rootMayDoEverything() {
    Grants granted =
        Grants.of(new User("u", ByteString.EMPTY, false, List.of(User.ROOT), 1), Map.of());
    assertThat(granted.isRoot()).isTrue();
    assertThat(granted.allows(Access.WRITE, KeyRange.ALL)).isTrue();
  }

  /// Keys are one letter each; a range is covered when each letter is, and the model looks at all.
  @Test
  void coverIsWhatLookingAtEachKeySays() {
    Seeds.forEach(
        50,
        random -> {
          List<KeyRange> ranges = new ArrayList<>();
          for (int i = random.nextInt(6); i >= 0; i--) {
            ranges.add(random(random));
          }
          Intervals union = Intervals.union(ranges);
          for (int i = 0; i < 40; i++) {
            KeyRange asked = random(random);
            if (!asked.isEmpty()) {
              assertThat(union.cover(asked))
                  .as("%s in %s", asked, ranges)
                  .isEqualTo(covered(asked, ranges));
            }
          }
        });
  }

  private static KeyRange random(Random random) {
    int start = random.nextInt(12);
    int end = random.nextInt(14);
    return new KeyRange(letter(start), end == 13 ? null : letter(end));
  }

  private static Key letter(int number) {
    return Key.of(new byte[] {(byte) ('a' + number)});
  }

  /// All borders are letters, so what holds for a letter holds up to the next one; the last stands
  /// for everything behind.
  private static boolean covered(KeyRange asked, List<KeyRange> ranges) {
    for (int number = 0; number <= 13; number++) {
      Key key = letter(number);
      if (asked.contains(key) && ranges.stream().noneMatch(range -> range.contains(key))) {
        return false;
      }
    }
    @Nullable Key end = asked.end();
    return end != null || ranges.stream().anyMatch(range -> range.end() == null);
  }
}
