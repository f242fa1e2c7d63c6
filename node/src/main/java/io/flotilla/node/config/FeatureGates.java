package io.flotilla.node.config;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// etcd's `--feature-gates`: names that are switched on or off.
///
/// @param given what was said, by name
record FeatureGates(Map<String, Boolean> given) {
  /// Off unless somebody says otherwise.
  private static final Set<String> ALPHA =
      Set.of(
          "StopGRPCServiceOnDefrag",
          "InitialCorruptCheck",
          "CompactHashCheck",
          "LeaseCheckpoint",
          "LeaseCheckpointPersist",
          "SetMemberLocalAddr",
          "PriorityRequest");

  private static final Set<String> OTHERS =
      Set.of("AllAlpha", "AllBeta", "TxnModeWriteWithSharedBuffer", "FastLeaseKeepAlive");

  static FeatureGates read(SettingReader in) {
    Map<String, Boolean> given = new HashMap<>();
    for (String part : in.list("feature-gates")) {
      int equals = part.indexOf('=');
      String name = equals < 0 ? part : part.substring(0, equals);
      String value = equals < 0 ? "" : part.substring(equals + 1);
      if (equals < 0) {
        in.problem("--feature-gates: missing bool value for " + name);
      } else if (!ALPHA.contains(name) && !OTHERS.contains(name)) {
        in.problem("--feature-gates: unrecognized feature gate: " + name);
      } else if (!value.equals("true") && !value.equals("false")) {
        in.problem("--feature-gates: invalid value of " + name + "=" + value);
      } else {
        given.put(name, value.equals("true"));
      }
    }
    return new FeatureGates(given);
  }

  /// Whether a gate that is off by itself is on.
  boolean isOn(String alpha) {
    return given.getOrDefault(alpha, given.getOrDefault("AllAlpha", false));
  }
}
