package io.flotilla.placement.order;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.duty.Proposer;
import io.flotilla.placement.testing.MapStateTree;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Cut;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.GroupReport;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Reply;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.transport.CallHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Nodes with the drivers of the order over models of logs: what is committed, who leads, when a
/// replica applies, and what is lost is up to chance. Every replica checks what it processes.
final class OrderWorld {
  static final int NODES = 3;
  static final int GROUPS = 2;

  final SimLoop loop = new SimLoop();
  final List<Node> nodes = new ArrayList<>();
  final Random random;
  boolean faults = true;
  // committed
  private final List<Cut> rootLog = new ArrayList<>();
  private final List<List<Command>> groupLogs = new ArrayList<>();
  private final Map<GroupId, Map<Long, JournalItem>> known = new TreeMap<>();
  private int rootLeader;
  private final int[] leaders = new int[GROUPS + 1];

  OrderWorld(Random random) {
    this.random = random;
    for (int group = 0; group <= GROUPS; group++) {
      groupLogs.add(new ArrayList<>());
    }
    for (int i = 0; i < NODES; i++) {
      nodes.add(new Node(i));
    }
    nodes.forEach(Node::start);
    lead(0);
    for (int group = 1; group <= GROUPS; group++) {
      lead(group, 0);
    }
  }

  private boolean chance(int percent) {
    return faults && random.nextInt(100) < percent;
  }

  // ---- what happens to the world

  void lead(int node) {
    Node before = nodes.get(rootLeader);
    rootLeader = node;
    before.orderer.onLeadership(false);
    nodes.get(node).catchUpRoot();
    nodes.get(node).cutsUnderWay = new int[1];
    nodes.get(node).orderer.onLeadership(true);
  }

  void lead(int group, int node) {
    Replica before = nodes.get(leaders[group]).replicas.get(group - 1);
    leaders[group] = node;
    before.leads = false;
    before.node.pump.onLeadership(before.group, false);
    Replica next = nodes.get(node).replicas.get(group - 1);
    next.catchUp();
    next.leads = true;
    next.node.pump.onLeadership(next.group, true);
    next.node.reporter.onMoved(next.group);
  }

  void write(int group) {
    groupLogs.get(group).add(Command.getDefaultInstance());
  }

  void applySomewhere() {
    Node node = nodes.get(random.nextInt(NODES));
    int what = random.nextInt(GROUPS + 1);
    if (what == 0) {
      node.applyRoot();
    } else {
      node.replicas.get(what - 1).apply();
    }
  }

  /// No more faults: everything is applied and time passes.
  void settle() {
    faults = false;
    for (int round = 0; round < 40; round++) {
      for (Node node : nodes) {
        node.catchUpRoot();
        node.replicas.forEach(Replica::catchUp);
      }
      loop.advance(50);
    }
  }

  long mutations(int group) {
    return groupLogs.get(group).stream().filter(command -> !command.hasJournalItems()).count();
  }

  // ---- nodes

  final class Node implements Completeness.Root {
    final int index;
    final RootOrder order = RootOrder.restore(new MapStateTree());
    final List<Replica> replicas = new ArrayList<>();
    final Orderer orderer;
    final Reporter reporter;
    final JournalPump pump;
    final Completeness completeness;
    private final Map<Call.BodyCase, CallHandler> handlers = new EnumMap<>(Call.BodyCase.class);
    private int applied;
    // of this leadership
    private int[] cutsUnderWay = new int[1];
    long revision = 1;
    private long completeTo;

    Node(int index) {
      this.index = index;
      order.found(Items.groups(GROUPS));
      var metrics = new OrderMetrics(new SimpleMeterRegistry());
      orderer = new Orderer(order::order, this::proposeCut, loop, metrics);
      var calls = new ReportCalls(id(index), orderer, () -> id(rootLeader), this::call, loop);
      calls.register(handlers::put);
      reporter = new Reporter(order::order, calls, loop, metrics);
      pump = new JournalPump(order::journal, loop, metrics);
      completeness = new Completeness(this);
      completeness.listen(this::checkCompleteness);
      for (int group = 1; group <= GROUPS; group++) {
        replicas.add(new Replica(this, group));
      }
    }

    private void checkCompleteness() {
      long now = completeness.completeToAll();
      assertThat(now).as("never goes back").isGreaterThanOrEqualTo(completeTo);
      completeTo = now;
      for (Replica replica : replicas) {
        assertThat(replica.revisionsUpTo(now)).isEqualTo(revisionsUpTo(replica.group, now));
      }
    }

    void start() {
      reporter.start();
      for (Replica replica : replicas) {
        completeness.add(replica);
        pump.add(replica);
        reporter.add(replica);
      }
    }

    private Future<Reply> call(NodeId to, Call.Builder call, long deadlineNanos) {
      Promise<Reply> promise = Promise.promise();
      if (chance(20)) {
        loop.after(500, () -> promise.fail(new Rejection.OutcomeUnknown().asException()));
        return promise.future();
      }
      int copies = chance(10) ? 2 : 1;
      for (int copy = 0; copy < copies; copy++) {
        loop.after(faults ? random.nextInt(300) : 1, () -> deliver(to, call.build(), promise));
      }
      return promise.future();
    }

    private void deliver(NodeId to, Call call, Promise<Reply> promise) {
      nodes
          .get((int) to.value() - 1)
          .handlers
          .get(call.getBodyCase())
          .handle(id(index), call, loop.nanoTime())
          .onSuccess(reply -> promise.tryComplete(reply.build()))
          .onFailure(promise::tryFail);
    }

    private void proposeCut(Command command, Consumer<CommandResult> onResult) {
      int[] underWay = cutsUnderWay;
      assertThat(++underWay[0]).as("one cut under way").isEqualTo(1);
      loop.after(
          random.nextInt(20),
          () -> {
            boolean led = rootLeader == index;
            boolean lost = chance(20);
            if (led && !(lost && random.nextBoolean())) {
              rootLog.add(command.getCut());
            }
            underWay[0]--;
            if (lost || !led) {
              var why = led ? new Rejection.OutcomeUnknown() : new Rejection.NoLeader();
              onResult.accept(new CommandResult.Rejected(why));
            } else {
              catchUpRoot();
              onResult.accept(new CommandResult.Done(Command.newBuilder(), revision));
            }
          });
    }

    void catchUpRoot() {
      while (applied < rootLog.size()) {
        applyRoot();
      }
    }

    void applyRoot() {
      if (applied == rootLog.size()) {
        return;
      }
      for (GroupReport report : rootLog.get(applied++).getGroupsList()) {
        JournalItem run = order.cut(report, revision);
        if (run != null) {
          revision = run.getRevision();
          var group = new GroupId(report.getGroup());
          remember(group, run);
          pump.onItems(group, List.of(run));
          completeness.onItems(group, List.of(run));
        }
      }
      completeness.onAdvanced(revision);
    }

    @Override
    public long revision() {
      return revision;
    }

    @Override
    public long lastItem(GroupId group) {
      GroupOrder found = order.order(group);
      return found == null ? 0 : found.getLastItem();
    }

    @Override
    public List<JournalItem> read(GroupId group, long fromNumber) {
      return order.journal(group, fromNumber);
    }
  }

  private static NodeId id(int index) {
    return new NodeId(index + 1);
  }

  /// Replicas of the root group agree.
  private void remember(GroupId group, JournalItem item) {
    JournalItem before =
        known.computeIfAbsent(group, _ -> new TreeMap<>()).putIfAbsent(item.getNumber(), item);
    assertThat(before).isIn(null, item);
  }

  private long revisionsUpTo(GroupId group, long revision) {
    return known.getOrDefault(group, Map.of()).values().stream()
        .mapToLong(item -> count(item, revision))
        .sum();
  }

  /// How many of a run's revisions are at or below one.
  private static long count(JournalItem item, long revision) {
    long first = item.getRun().getFirstRevision();
    return Math.max(0, Math.min(item.getRevision(), revision) - first + 1);
  }

  // ---- replicas of shard groups

  final class Replica implements OrderedReplica, Proposer {
    final Node node;
    final GroupId group;
    private final int number;
    private final TreeMap<Long, JournalItem> waiting = new TreeMap<>();
    private final List<JournalItem> done = new ArrayList<>();
    boolean leads;
    private int applied;
    private long executed;
    private long ordered;
    private long logged;

    Replica(Node node, int number) {
      this.node = node;
      this.number = number;
      this.group = new GroupId(number);
    }

    void catchUp() {
      while (applied < groupLogs.get(number).size()) {
        apply();
      }
    }

    void apply() {
      if (applied == groupLogs.get(number).size()) {
        return;
      }
      Command command = groupLogs.get(number).get(applied++);
      if (command.hasJournalItems()) {
        List<JournalItem> items = command.getJournalItems().getItemsList();
        assertThat(items.getFirst().getNumber()).as("no gap").isLessThanOrEqualTo(logged + 1);
        logged = Math.max(logged, items.getLast().getNumber());
        items.forEach(this::offer);
      } else {
        executed++;
        process();
      }
      node.pump.onMoved(group);
      node.reporter.onMoved(group);
    }

    @Override
    public void offer(JournalItem item) {
      if (item.getNumber() > processed()) {
        waiting.put(item.getNumber(), item);
        process();
      }
    }

    private void process() {
      while (true) {
        JournalItem next = waiting.get(processed() + 1);
        if (next == null || next.getRun().getToSequence() > executed) {
          return;
        }
        waiting.remove(next.getNumber());
        assertThat(next.getRun().getFromSequence()).isEqualTo(ordered + 1);
        assertThat(next.getRun().getFirstRevision()).isGreaterThan(head());
        remember(group, next);
        ordered = next.getRun().getToSequence();
        done.add(next);
        node.completeness.onProcessed(group);
        node.pump.onMoved(group);
      }
    }

    long revisionsUpTo(long revision) {
      return done.stream().mapToLong(item -> count(item, revision)).sum();
    }

    @Override
    public void propose(Command command, Consumer<CommandResult> onResult) {
      loop.after(
          random.nextInt(20),
          () -> {
            if (!leads) {
              onResult.accept(new CommandResult.Rejected(new Rejection.NoLeader()));
            } else if (chance(10)) {
              onResult.accept(new CommandResult.Rejected(new Rejection.TooManyRequests()));
            } else {
              groupLogs.get(number).add(command);
              boolean unknown = chance(10);
              onResult.accept(
                  unknown
                      ? new CommandResult.Rejected(new Rejection.OutcomeUnknown())
                      : new CommandResult.Done(Command.newBuilder(), node.revision));
            }
          });
    }

    @Override
    public GroupId group() {
      return group;
    }

    @Override
    public boolean leads() {
      return leads;
    }

    @Override
    public long executed() {
      return executed;
    }

    @Override
    public long ordered() {
      return ordered;
    }

    @Override
    public long processed() {
      return done.size();
    }

    @Override
    public long logged() {
      return logged;
    }

    @Override
    public long head() {
      return done.isEmpty() ? 1 : done.getLast().getRevision();
    }
  }
}
