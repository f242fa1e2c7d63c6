package io.flotilla.simulation.chaos;

import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.ClusterGrpcClient;
import io.flotilla.proto.etcd.HashKVRequest;
import io.flotilla.proto.etcd.HashKVResponse;
import io.flotilla.proto.etcd.MaintenanceGrpcClient;
import io.flotilla.proto.etcd.Member;
import io.flotilla.proto.etcd.MemberAddRequest;
import io.flotilla.proto.etcd.MemberListRequest;
import io.flotilla.proto.etcd.MemberRemoveRequest;
import io.flotilla.proto.etcd.StatusRequest;
import io.flotilla.proto.etcd.StatusResponse;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/// Nodes on this machine that form one cluster, with proxies between them. Controlled by one
/// thread; questions may come from any.
final class Cluster implements AutoCloseable {
  private static final long CALL_MILLIS = 2000;
  private static final Duration READY = Duration.ofSeconds(180);
  private static final Duration ALARM = Duration.ofSeconds(60);

  private final List<String> command;
  private final List<String> founding;
  private final List<Node> nodes = new ArrayList<>();
  private final List<Connection> connections = new ArrayList<>();
  private final Links links;

  /// @param command the server up to its flags
  Cluster(Vertx vertx, List<String> command, ChaosOptions options) {
    this.command = List.copyOf(command);
    String shards = options.initialShards();
    this.founding = shards.isEmpty() ? List.of() : List.of("--initial-shards", shards);
    int size = options.nodes();
    List<Endpoint> ports = FreePorts.take(2 * size);
    List<Endpoint> peers = ports.subList(0, size);
    this.links = new Links(peers, () -> nodes.stream().map(node -> node.process().pid()).toList());
    for (int i = 0; i < size; i++) {
      Path home = options.directory().resolve("n" + i);
      Endpoint client = ports.get(size + i);
      var disk = DataDisk.at(home.resolve("disk"));
      nodes.add(new Node(i, home, disk, client, peers.get(i), links.address(i)));
      connections.add(new Connection(vertx, client));
    }
  }

  int size() {
    return nodes.size();
  }

  Node node(int number) {
    return nodes.get(number);
  }

  List<Node> nodes() {
    return nodes;
  }

  Links links() {
    return links;
  }

  Connection connection(int node) {
    return connections.get(node);
  }

  /// Founds the cluster and waits until every node serves.
  void found() {
    nodes.forEach(this::restart);
    awaitAllServe();
  }

  private String memberUrls() {
    return nodes.stream()
        .map(node -> node.name() + "=" + node.advertised().url())
        .collect(Collectors.joining(","));
  }

  /// Starts a node that does not run.
  void restart(Node node) {
    node.start(command, memberUrls(), founding);
  }

  Optional<StatusResponse> status(int node) {
    try {
      return Optional.of(
          connections
              .get(node)
              .call(MaintenanceGrpcClient.Status, StatusRequest.getDefaultInstance(), CALL_MILLIS));
    } catch (CallFailure _) {
      return Optional.empty();
    }
  }

  /// The node that says it leads; empty if none does.
  Optional<Node> leader() {
    return nodes.stream().filter(node -> leads(node.number())).findFirst();
  }

  private boolean leads(int node) {
    return status(node)
        .filter(status -> status.getLeader() == status.getHeader().getMemberId())
        .isPresent();
  }

  boolean serves(int node) {
    return status(node).filter(status -> status.getLeader() != 0).isPresent();
  }

  HashKVResponse hash(int node, long revision) {
    var request = HashKVRequest.newBuilder().setRevision(revision).build();
    return connections.get(node).call(MaintenanceGrpcClient.HashKV, request, 5 * CALL_MILLIS);
  }

  /// Waits until no node has an alarm: those of a full disk end by themselves when there is room.
  void awaitNoAlarm() {
    await("no alarm is left behind a full disk", ALARM, this::hasNoAlarm);
  }

  private boolean hasNoAlarm() {
    try {
      var get = AlarmRequest.newBuilder().setAction(AlarmRequest.AlarmAction.GET).build();
      Connection asked = connections.getFirst();
      return asked.call(MaintenanceGrpcClient.Alarm, get, CALL_MILLIS).getAlarmsCount() == 0;
    } catch (CallFailure _) {
      return false;
    }
  }

  /// Clears what alarms there are, as an operator does.
  void disarm() {
    await("all alarms are cleared", ALARM, () -> hasNoAlarm() || clearAlarms());
  }

  private boolean clearAlarms() {
    var request = AlarmRequest.newBuilder().setAction(AlarmRequest.AlarmAction.DEACTIVATE);
    for (Node node : nodes) {
      status(node.number())
          .map(status -> status.getHeader().getMemberId())
          .ifPresent(id -> clear(request.setMemberID(id).setAlarm(AlarmType.NOSPACE).build()));
    }
    return false; // the next look tells
  }

  private void clear(AlarmRequest request) {
    try {
      connections.getFirst().call(MaintenanceGrpcClient.Alarm, request, CALL_MILLIS);
    } catch (CallFailure _) {
      // It is asked again.
    }
  }

  /// Takes the node out of the cluster, deletes its data and lets it join anew. Repeats what the
  /// cluster refuses for the moment.
  void replace(Node node) {
    node.process().kill();
    Connection other = connections.get((node.number() + 1) % size());
    await(node + " is removed", READY, () -> remove(node, other));
    node.wipe();
    await(node + " is added", READY, () -> add(node, other));
    node.joins();
    startJoining(node);
    await(node + " has joined", READY, () -> hasJoined(node));
  }

  /// It is right that it ends when none of the others answers it (etcd behaviour).
  private void startJoining(Node node) {
    restart(node);
    node.process().allowEnd();
  }

  /// Starts it again, as an operator's supervisor does, if it ended.
  private boolean hasJoined(Node node) {
    if (!node.process().isRunning()) {
      startJoining(node);
    }
    boolean joined = serves(node.number());
    if (joined) {
      node.process().mustRun();
    }
    return joined;
  }

  /// Whether the member is gone; asks for it if not.
  private boolean remove(Node node, Connection other) {
    try {
      Optional<Long> member = memberId(node, other);
      if (member.isEmpty()) {
        return true;
      }
      var request = MemberRemoveRequest.newBuilder().setID(member.get()).build();
      other.call(ClusterGrpcClient.MemberRemove, request, CALL_MILLIS);
    } catch (CallFailure _) {
      // The next look at the list tells what became of it.
    }
    return false;
  }

  private boolean add(Node node, Connection other) {
    try {
      if (memberId(node, other).isPresent()) {
        return true;
      }
      var request = MemberAddRequest.newBuilder().addPeerURLs(node.advertised().url()).build();
      other.call(ClusterGrpcClient.MemberAdd, request, CALL_MILLIS);
    } catch (CallFailure _) {
      // The next look at the list tells what became of it.
    }
    return false;
  }

  private static Optional<Long> memberId(Node node, Connection asked) {
    var list = MemberListRequest.newBuilder().setLinearizable(true).build();
    return asked.call(ClusterGrpcClient.MemberList, list, CALL_MILLIS).getMembersList().stream()
        .filter(member -> member.getPeerURLsList().contains(node.advertised().url()))
        .map(Member::getID)
        .findFirst();
  }

  /// The nodes whose process ended by itself, with the end of its log; empty if none did.
  String failures() {
    return nodes.stream()
        .filter(node -> node.process().hasFailed())
        .map(node -> node + " ended by itself:" + node.process().endOfLog())
        .collect(Collectors.joining("; "));
  }

  void awaitAllServe() {
    for (Node node : nodes) {
      await(node + " serves", READY, () -> serves(node.number()));
    }
  }

  /// @throws ChaosException if it does not become true in time
  static void await(String what, Duration limit, BooleanSupplier condition) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new ChaosException("not within " + limit.toSeconds() + " s: " + what);
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new ChaosException("interrupted while waiting: " + what);
      }
      Pause.millis(50);
    }
  }

  /// Ends every process, connection and mount; for this, several calls do no harm.
  @Override
  public void close() {
    nodes.forEach(node -> node.process().kill());
    connections.forEach(Connection::close);
    links.close();
    nodes.forEach(node -> node.disk().close());
  }
}
