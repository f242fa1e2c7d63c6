package io.flotilla.node.config;

import io.flotilla.base.Key;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// The settings about the cluster's members. Whether they fit this member is asked only when the
/// data directory is new: a node that has data knows its cluster (etcd behaviour).
final class ClusterReader {
  private static final int REPLICAS_MAX = 1_000;

  private final SettingReader in;

  ClusterReader(SettingReader in) {
    this.in = in;
  }

  NodeConfig.Cluster read(String name, NodeConfig.Peers peers) {
    int replicas = (int) in.number("shard-replicas", 0, REPLICAS_MAX);
    return new NodeConfig.Cluster(
        initial(name, peers.advertisedUrls(), replicas),
        in.flag("strict-reconfig-check"),
        (int) in.number("max-learners", 1, Integer.MAX_VALUE),
        corruption(),
        replicas);
  }

  private NodeConfig.Initial initial(String name, List<String> own, int replicas) {
    String state = in.text("initial-cluster-state");
    if (!state.equals("new") && !state.equals("existing")) {
      in.problem("--initial-cluster-state must be new or existing, not \"" + state + "\"");
    }
    SequencedMap<String, List<String>> members = members();
    if (members.isEmpty()) {
      members.put(name, own);
    }
    return new NodeConfig.Initial(
        members,
        in.text("initial-cluster-token"),
        state.equals("existing"),
        splitKeys(state.equals("existing")),
        replicas);
  }

  private List<Key> splitKeys(boolean existing) {
    try {
      List<Key> keys = SplitKeys.parse(in.text("initial-shards"));
      if (existing && !keys.isEmpty()) {
        in.problem(
            "--initial-shards is for a new cluster; one that runs"
                + " (--initial-cluster-state=existing) tells its shards");
      }
      return keys;
    } catch (IllegalArgumentException fault) {
      in.problem("--initial-shards: " + fault.getMessage());
      return List.of();
    }
  }

  private SequencedMap<String, List<String>> members() {
    SequencedMap<String, List<String>> members = new LinkedHashMap<>();
    for (String part : in.list("initial-cluster")) {
      int equals = part.indexOf('=');
      if (equals <= 0) {
        in.problem("--initial-cluster: \"" + part + "\" is not NAME=URL");
      } else if (equals == part.length() - 1) {
        in.problem("--initial-cluster: empty URL given for \"" + part.substring(0, equals) + "\"");
      } else {
        String url = part.substring(equals + 1);
        PeerReader.check(url)
            .ifPresent(fault -> in.problem("error setting up initial cluster: " + fault));
        members.computeIfAbsent(part.substring(0, equals), _ -> new ArrayList<>()).add(url);
      }
    }
    return members;
  }

  private NodeConfig.Corruption corruption() {
    var gates = FeatureGates.read(in);
    boolean atStart =
        in.flag("experimental-initial-corrupt-check") || gates.isOn("InitialCorruptCheck");
    boolean compact =
        in.flag("experimental-compact-hash-check-enabled") || gates.isOn("CompactHashCheck");
    Duration compactInterval = in.duration("compact-hash-check-time");
    if (compact && !compactInterval.isPositive()) {
      in.problem("--compact-hash-check-time must be >0 (set to " + compactInterval + ")");
    }
    return new NodeConfig.Corruption(
        atStart, in.duration("corrupt-check-time"), compact ? compactInterval : Duration.ZERO);
  }
}
