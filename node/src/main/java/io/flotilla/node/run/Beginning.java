package io.flotilla.node.run;

import io.flotilla.base.Key;
import io.flotilla.node.cluster.BootstrapException;
import io.flotilla.node.cluster.ClusterProbe;
import io.flotilla.node.cluster.InitialCluster;
import io.flotilla.node.cluster.Names;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.node.storage.Identity;
import io.flotilla.node.storage.Origin;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who a node is: what its data directory says, or, when that is new, what its settings and the
/// other nodes make of it.
record Beginning(NodeConfig config, ClusterProbe probe, Names names) {
  private static final Logger LOG = LoggerFactory.getLogger(Beginning.class);

  /// How long a founder asks whether the cluster has begun without it (etcd).
  private static final long FOUNDER_ASKS_MILLIS = 1000;

  /// How long host names may be unknown at a first start (etcd).
  static final Duration NAME_PATIENCE = Duration.ofSeconds(30);

  /// Blocks.
  ///
  /// @throws StartupException when the settings and the cluster do not fit together
  Identity identity(DataDirectory directory) {
    Identity known = directory.identity();
    if (known != null) {
      warnOfOtherShards(known.origin());
      return known;
    }
    try {
      Identity fresh = config.cluster().initial().existing() ? join() : found();
      directory.settle(fresh);
      LOG.atInfo()
          .addKeyValue("event", fresh.origin().kind().name())
          .addKeyValue("cluster-id", Long.toHexString(fresh.clusterId()))
          .addKeyValue("member-id", fresh.node())
          .addKeyValue("members", fresh.origin().members().size())
          .log("the data directory is new");
      return fresh;
    } catch (BootstrapException refused) {
      throw new StartupException(String.valueOf(refused.getMessage()));
    }
  }

  private void warnOfOtherShards(Origin origin) {
    List<Key> given = config.cluster().initial().splitKeys();
    if (!given.isEmpty() && !given.equals(origin.splitKeys())) {
      LOG.atWarn()
          .addKeyValue("event", "shards-known")
          .log("--initial-shards has no effect: the data directory belongs to a cluster already");
    }
  }

  private Identity found() {
    var cluster = InitialCluster.of(config);
    Identity founder = cluster.founded(names);
    cluster.requireNew(ask(cluster.otherUrls(), FOUNDER_ASKS_MILLIS));
    return founder;
  }

  private Identity join() {
    var cluster = InitialCluster.of(config);
    long patience = 1000 + config.timing().electionMillis();
    return cluster.joined(ask(cluster.otherUrls(), patience), names);
  }

  private List<ClusterProbe.Described> ask(List<String> urls, long timeoutMillis) {
    return Awaited.await(probe.describeAll(urls, timeoutMillis), "ask the other members");
  }
}
