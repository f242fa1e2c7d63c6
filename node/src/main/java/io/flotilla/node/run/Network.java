package io.flotilla.node.run;

import io.flotilla.base.tls.TlsStore;
import io.flotilla.node.cluster.ClusterProbe;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.node.replica.Sizes;
import io.flotilla.node.storage.Identity;
import io.flotilla.placement.member.MemberCodec;
import io.flotilla.proto.command.Membership;
import io.flotilla.proto.peer.DescribeReply;
import io.flotilla.raft.transport.PeerMetrics;
import io.flotilla.raft.transport.grpc.GrpcLinks;
import io.flotilla.raft.transport.grpc.LinkSettings;
import io.flotilla.raft.transport.grpc.NameLookup;
import io.flotilla.raft.transport.grpc.PeerDirectory;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The sockets to other nodes, as the settings want them.
final class Network {
  private final Vertx vertx;
  private final NodeConfig config;
  private final NameLookup names;
  private final @Nullable TlsStore tls;

  /// @param tls of the members; null without
  Network(Vertx vertx, NodeConfig config, @Nullable TlsStore tls) {
    this.vertx = vertx;
    this.config = config;
    this.names = NameLookup.system(vertx);
    this.tls = tls;
  }

  /// Asks nodes at their peer ports.
  ClusterProbe probe() {
    return (url, timeoutMillis) ->
        GrpcLinks.describe(vertx, names, url, tls, Math.toIntExact(timeoutMillis))
            .timeout(timeoutMillis, TimeUnit.MILLISECONDS)
            .map(Network::described);
  }

  private static ClusterProbe.Described described(DescribeReply reply) {
    Membership all = MemberCodec.decodeAll(reply.getMembers().toByteArray());
    return new ClusterProbe.Described(
        reply.getClusterId(), all.getMembersList().stream().map(MemberCodec::decode).toList());
  }

  /// Links that have no peer port yet. On the loop that is to own them.
  GrpcLinks links(Identity identity, PeerDirectory directory, PeerMetrics metrics) {
    int frameBytes = Sizes.peers(config).maxFrameBytes();
    var settings =
        new LinkSettings(
            identity.clusterId(),
            identity.node(),
            LinkSettings.Timing.forElection(config.timing().electionMillis()),
            new LinkSettings.Bounds(
                frameBytes, Sizes.PEER_WRITABLE_BYTES, Sizes.PEER_WRITABLE_BYTES + 2L * frameBytes),
            tls);
    var ports = new GrpcLinks.Ports(vertx, names, directory, RandomGenerator.getDefault());
    return new GrpcLinks(settings, ports, metrics);
  }

  /// Where others connect.
  List<String> listenUrls() {
    return config.peers().listenUrls().stream().map(Object::toString).toList();
  }
}
