package io.flotilla.containers;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.ContainerNetwork;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.Ports;
import java.time.Duration;
import java.util.Map;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/// One node in a container that can be killed, started again and cut off from its peers.
///
/// It is on two networks: one for clients, through which its client port is published, and one for
/// peers, which is all that a cut takes away.
final class ContainerNode extends GenericContainer<ContainerNode> {
  private static final int CLIENT_PORT = 2379;
  private static final Duration START_MAX = Duration.ofMinutes(2);

  private final String name;
  private final Network peers;

  ContainerNode(String image, String name, String initialCluster, Network clients, Network peers) {
    super(DockerImageName.parse(image));
    this.name = name;
    this.peers = peers;
    withNetwork(clients);
    withExposedPorts(CLIENT_PORT);
    withImagePullPolicy(_ -> false);
    withEnv(
        Map.of(
            "ETCD_NAME",
            name,
            "ETCD_DATA_DIR",
            "/var/lib/flotilla/data",
            "ETCD_LISTEN_CLIENT_URLS",
            "http://0.0.0.0:2379",
            "ETCD_ADVERTISE_CLIENT_URLS",
            "http://" + name + ":2379",
            "ETCD_LISTEN_PEER_URLS",
            "http://0.0.0.0:2380",
            "ETCD_INITIAL_ADVERTISE_PEER_URLS",
            "http://" + name + ":2380",
            "ETCD_INITIAL_CLUSTER",
            initialCluster,
            "ETCD_INITIAL_CLUSTER_STATE",
            "new"));
    waitingFor(Wait.forHttp("/health").forPort(CLIENT_PORT).withStartupTimeout(START_MAX));
  }

  /// The name in the cluster.
  String name() {
    return name;
  }

  /// Where clients outside reach it now; another one after each start.
  String endpoint() {
    var ports = inspect().getNetworkSettings().getPorts().getBindings();
    Ports.Binding[] bindings = ports.get(ExposedPort.tcp(CLIENT_PORT));
    if (bindings == null || bindings.length == 0) {
      throw new IllegalStateException(name + " publishes no port: it does not run");
    }
    return getHost() + ":" + bindings[0].getHostPortSpec();
  }

  /// Ends it as a crash of the machine would.
  void kill() {
    getDockerClient().killContainerCmd(getContainerId()).exec();
  }

  /// Starts it again on its data, in the same container.
  void startAgain() {
    getDockerClient().startContainerCmd(getContainerId()).exec();
  }

  /// Stops it in order.
  ///
  /// @return the status its process ended with
  long stopInOrder(Duration patience) {
    int seconds = (int) patience.toSeconds();
    getDockerClient().stopContainerCmd(getContainerId()).withTimeout(seconds).exec();
    return inspect().getState().getExitCodeLong();
  }

  /// Takes it off the network of the peers; its clients still reach it.
  void cutOff() {
    getDockerClient()
        .disconnectFromNetworkCmd()
        .withNetworkId(peers.getId())
        .withContainerId(getContainerId())
        .withForce(true)
        .exec();
  }

  /// Puts it back, perhaps at another address.
  void reconnect() {
    joinPeers(getContainerId());
  }

  /// What the image's health check found last: `starting`, `healthy` or `unhealthy`.
  String health() {
    return inspect().getState().getHealth().getStatus();
  }

  @Override
  protected void containerIsCreated(String containerId) {
    joinPeers(containerId);
  }

  private void joinPeers(String containerId) {
    getDockerClient()
        .connectToNetworkCmd()
        .withNetworkId(peers.getId())
        .withContainerId(containerId)
        .withContainerNetwork(new ContainerNetwork().withAliases(name))
        .exec();
  }

  private InspectContainerResponse inspect() {
    return getDockerClient().inspectContainerCmd(getContainerId()).exec();
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
