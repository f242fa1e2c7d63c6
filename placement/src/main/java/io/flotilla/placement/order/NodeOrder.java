package io.flotilla.placement.order;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.duty.Proposer;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.peer.Call;
import io.flotilla.raft.ordered.OrderListener;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.transport.CallHandler;
import io.flotilla.raft.transport.PeerCalls;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/// A node's part in the order of many groups, put together: it makes cuts where the root group is
/// led, reports the groups that are led here, brings journals to the replicas, and knows how
/// complete they are. On the loop that all replicas of the node share.
public final class NodeOrder {
  /// @param self this node
  /// @param local proposes to the root group's replica here, never through another node
  /// @param rootLeader as far as this node knows; [NodeId#NONE] if it does not
  public record Ports(
      NodeId self,
      Clock clock,
      Scheduler loop,
      Proposer local,
      Supplier<NodeId> rootLeader,
      PeerCalls calls,
      OrderMetrics metrics) {}

  private final Orderer orderer;
  private final ReportCalls courier;
  private final Reporter reporter;
  private final JournalPump pump;
  private final Completeness completeness;
  private final Completeness followed;
  private final OrderWatch watch;
  private final TreeMap<GroupId, HostedReplica> replicas = new TreeMap<>();
  private boolean started;

  /// Before the root group runs.
  public NodeOrder(RootMachine root, Ports ports) {
    orderer = new Orderer(root::order, ports.local(), ports.loop(), ports.metrics());
    courier =
        new ReportCalls(ports.self(), orderer, ports.rootLeader(), ports.calls(), ports.clock());
    reporter = new Reporter(root::order, courier, ports.loop(), ports.metrics());
    pump = new JournalPump(root::journal, ports.loop(), ports.metrics());
    completeness = new Completeness(new View(root));
    followed = new Completeness(new View(root));
    watch = new OrderWatch(root::order, ports.clock(), ports.loop(), ports.metrics());
    root.observe(pump);
    root.observe(completeness);
    root.observe(followed);
    root.onLeadershipChange(() -> orderer.onLeadership(root.leads()));
  }

  private record View(RootMachine root) implements Completeness.Root {
    @Override
    public long revision() {
      return root.revision();
    }

    @Override
    public long lastItem(GroupId group) {
      GroupOrder order = root.order(group);
      return order == null ? 0 : order.getLastItem();
    }

    @Override
    public List<JournalItem> read(GroupId group, long fromNumber) {
      return root.journal(group, fromNumber);
    }
  }

  /// @param registry takes the handler of a kind of calls
  public void register(BiConsumer<Call.BodyCase, CallHandler> registry) {
    courier.register(registry);
  }

  /// While there is no shard group here nothing runs.
  public void start() {
    started = true;
    run();
  }

  private void run() {
    if (started && !replicas.isEmpty()) {
      reporter.start();
      watch.start();
    }
  }

  public void stop() {
    started = false;
    rest();
  }

  private void rest() {
    reporter.stop();
    watch.stop();
  }

  /// A replica of a shard group was opened here: its machine is served from now on.
  ///
  /// @param local proposes to the group's replica here, never through another node
  public void add(GroupId group, ShardGroupMachine machine, Proposer local) {
    var replica = new HostedReplica(group, machine, local);
    replicas.put(group, replica);
    machine.observe(new Moves(replica));
    machine.onLeadershipChange(() -> onLeadership(replica));
    completeness.add(replica);
    pump.add(replica);
    reporter.add(replica);
    watch.add(replica);
    run();
  }

  /// The replica is closed.
  public void remove(GroupId group) {
    replicas.remove(group);
    pump.remove(group);
    reporter.remove(group);
    completeness.remove(group);
    watch.remove(group);
    if (replicas.isEmpty()) {
      rest();
    }
  }

  private boolean isHere(HostedReplica replica) {
    return replicas.get(replica.group()) == replica;
  }

  private void onLeadership(HostedReplica replica) {
    if (isHere(replica)) {
      pump.onLeadership(replica.group(), replica.leads());
      reporter.onMoved(replica.group());
    }
  }

  private final class Moves implements OrderListener {
    private final HostedReplica replica;

    Moves(HostedReplica replica) {
      this.replica = replica;
    }

    @Override
    public void onExecuted() {
      if (isHere(replica)) {
        pump.onMoved(replica.group());
        reporter.onMoved(replica.group());
      }
    }

    @Override
    public void onProcessed(JournalItem item) {
      if (isHere(replica)) {
        completeness.onProcessed(replica.group());
        pump.onMoved(replica.group());
      }
    }

    @Override
    public void onReplaced() {
      if (isHere(replica)) {
        completeness.onReplaced(replica.group());
        pump.onReplaced(replica.group());
      }
    }
  }

  public Orderer orderer() {
    return orderer;
  }

  public Completeness completeness() {
    return completeness;
  }

  /// How complete is what this node is told of groups that it has no replica of.
  public Completeness followed() {
    return followed;
  }
}
