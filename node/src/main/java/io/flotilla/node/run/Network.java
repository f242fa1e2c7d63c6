package io.flotilla.node.run;

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
import io.flotilla.raft.transport.grpc.PeerTls;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The sockets to other nodes, as the settings want them.
final class Network {
  private final Vertx vertx;
  private final NodeConfig config;
  private final NameLookup names;
  private final @Nullable PeerTls tls;

  Network(Vertx vertx, NodeConfig config) {
    this.vertx = vertx;
    this.config = config;
    this.names = NameLookup.system(vertx);
    this.tls = tls(config.peers().tls());
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

  private static @Nullable PeerTls tls(NodeConfig.@Nullable Tls tls) {
    if (tls == null) {
      return null;
    }
    NodeConfig.Callers callers = tls.callers();
    var clients =
        new PeerTls.Clients(Set.copyOf(callers.commonNames()), Set.copyOf(callers.hostnames()));
    var trust =
        new PeerTls.Trust(
            text(tls.trustedCa()),
            text(tls.revoked()),
            true,
            callers.authenticated() ? clients : null);
    return new PeerTls(
        files(tls.serving()), files(tls.calling()), trust, tls.protocols(), tls.cipherSuites());
  }

  private static PeerTls.PemFiles files(NodeConfig.KeyPair pair) {
    return new PeerTls.PemFiles(pair.certificate().toString(), pair.key().toString());
  }

  private static @Nullable String text(@Nullable Path path) {
    return path == null ? null : path.toString();
  }
}
