package io.flotilla.placement.plan;

import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which keys stay together in one group: prefix affinity.
///
/// With depth 2, keys that agree up to the second slash behind their first byte do, so
/// `/registry/pods/` is one unit of a Kubernetes store. What has fewer slashes stands for itself.
/// People may still split where they like.
///
/// @param depth parts between slashes that keys of one unit have in common; 0 is no unit
/// @param together prefixes that are units of their own; wider ones win
public record PrefixRules(int depth, List<Key> together) {
  /// Every key stands for itself.
  public static final PrefixRules NONE = new PrefixRules(0, List.of());

  private static final byte SLASH = '/';

  public PrefixRules {
    checkAtMost(0, depth, "a depth is not negative");
    together = List.copyOf(together);
    if (together.stream().anyMatch(Key::isEmpty)) {
      throw new IllegalArgumentException("a prefix that keeps keys together is not empty");
    }
  }

  /// The keys that stay with `key`, itself included; null if it stands for itself.
  public @Nullable KeyRange unit(Key key) {
    int length = Math.max(0, depthEnd(key.bytes()));
    for (Key prefix : together) {
      boolean wider = length == 0 || prefix.length() < length;
      if (wider && KeyRange.prefix(prefix).contains(key)) {
        length = prefix.length();
      }
    }
    return length == 0 ? null : KeyRange.prefix(Key.of(Arrays.copyOf(key.bytes(), length)));
  }

  /// Whether a shard may begin at `key` without taking a unit apart.
  public boolean mayBegin(Key key) {
    KeyRange unit = unit(key);
    return unit == null || unit.start().equals(key);
  }

  /// Behind the slash that ends the unit's name; -1 if there are too few.
  private int depthEnd(byte[] key) {
    int parts = 0;
    for (int i = 1; i < key.length && parts < depth; i++) {
      if (key[i] == SLASH && ++parts == depth) {
        return i + 1;
      }
    }
    return -1;
  }
}
