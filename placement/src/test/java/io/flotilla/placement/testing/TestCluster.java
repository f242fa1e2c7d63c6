package io.flotilla.placement.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.member.MemberIds;
import io.flotilla.placement.service.Founding;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.MemberAttributes;
import io.flotilla.proto.peer.Reply;
import io.flotilla.proto.peer.SnapshotPart;
import io.flotilla.proto.peer.SnapshotProgress;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.host.Peers;
import io.flotilla.raft.transport.PeerCalls;
import io.flotilla.raft.transport.PeerHealth;
import io.flotilla.raft.transport.SnapshotLane;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Nodes of a root group and the network between them, on virtual time. A message takes a
/// millisecond.
public final class TestCluster {
  private static final long HOP_MILLIS = 1;

  public final SimLoop loop = new SimLoop();
  public final List<TestNode> nodes = new ArrayList<>();

  /// Founds a cluster whose members have told their names.
  public TestCluster(int size) {
    var first = new ArrayList<Member>();
    for (int i = 0; i < size; i++) {
      NodeId id = MemberIds.ofBootstrap(urls(i), "etcd-cluster");
      first.add(new Member(id, "m" + i, urls(i), List.of("http://client:" + i), false));
    }
    var founding = new Founding(first);
    first.forEach(member -> nodes.add(new TestNode(member.id(), founding, this)));
    loop.advance(6_000); // a leader, and connections that count
  }

  public static List<String> urls(int number) {
    return List.of("http://peer:" + (1 + number));
  }

  /// A node that was added starts.
  public TestNode join(NodeId id) {
    var node = new TestNode(id, null, this);
    nodes.add(node);
    return node;
  }

  /// What a node tells about itself when it has started.
  public void publish(TestNode node) {
    var named = MemberAttributes.newBuilder().setMemberId(node.id.value()).setName("joined");
    var command = Command.newBuilder().setMemberAttributes(named).build();
    done(leader().door.propose(command, deadline()));
  }

  /// The process is gone, which the others notice by their connections.
  public void kill(TestNode node) {
    node.dead = true;
    for (TestNode other : nodes) {
      other.loop.after(HOP_MILLIS, () -> other.host.peerLost(node.id));
    }
  }

  public TestNode leader() {
    for (int i = 0; i < 1_000; i++) {
      for (TestNode node : nodes) {
        if (node.leads()) {
          return node;
        }
      }
      loop.advance(10);
    }
    throw new AssertionError("no leader");
  }

  /// Some node that does not lead.
  public TestNode follower() {
    TestNode leader = leader();
    return nodes.stream().filter(node -> node != leader).findFirst().orElseThrow();
  }

  public long deadline() {
    return loop.nanoTime() + 7_000_000_000L;
  }

  /// The result of what takes at most some virtual seconds.
  public <T> T done(Future<T> future) {
    for (int i = 0; i < 800 && !future.isComplete(); i++) {
      loop.advance(10);
    }
    assertThat(future.succeeded()).as("%s", future.cause()).isTrue();
    return future.result();
  }

  public void assertNothingHalted() {
    assertThat(nodes).allSatisfy(node -> assertThat(node.halted).isEmpty());
  }

  private TestNode node(NodeId id) {
    return nodes.stream().filter(node -> node.id.equals(id)).findFirst().orElse(null);
  }

  private boolean isUp(NodeId id) {
    TestNode node = node(id);
    return node != null && !node.dead;
  }

  // ------------------------------------------------------------------- the network

  Peers peersOf(TestNode from) {
    return new Peers() {
      @Override
      public void send(GroupId group, NodeId to, List<Message> messages) {
        for (Message message : messages) {
          if (message instanceof Message.InstallSnapshot wanted) {
            from.states.send(group, to, wanted);
          } else if (isUp(to)) {
            node(to).loop.after(HOP_MILLIS, () -> node(to).host.receive(group, List.of(message)));
          }
        }
      }

      @Override
      public void install(GroupId group, SnapshotMark mark, Runnable installed) {
        from.states.install(group, mark, installed);
      }
    };
  }

  SnapshotLane laneOf(TestNode from) {
    return new SnapshotLane() {
      @Override
      public boolean send(NodeId to, SnapshotPart part) {
        return hop(to, there -> there.states.onPart(from.id, part));
      }

      @Override
      public boolean send(NodeId to, SnapshotProgress progress) {
        return hop(to, there -> there.states.onProgress(from.id, progress));
      }

      @Override
      public boolean isWritable(NodeId to) {
        return isUp(to);
      }
    };
  }

  private boolean hop(NodeId to, Consumer<TestNode> arrival) {
    if (isUp(to)) {
      TestNode there = node(to);
      there.loop.after(HOP_MILLIS, () -> arrival.accept(there));
    }
    return isUp(to);
  }

  PeerCalls callsOf(TestNode from) {
    return (to, call, deadlineNanos) -> {
      Promise<Reply> promise = Promise.promise();
      if (!isUp(to)) {
        return Future.failedFuture(new Rejection.NoLeader().asException());
      }
      TestNode there = node(to);
      there.loop.after(
          HOP_MILLIS,
          () ->
              there
                  .handler(call.getBodyCase())
                  .handle(from.id, call.build(), deadlineNanos)
                  .map(Reply.Builder::build)
                  .onComplete(answer -> from.loop.after(HOP_MILLIS, () -> promise.handle(answer))));
      return promise.future();
    };
  }

  PeerHealth healthOf(TestNode from) {
    long startNanos = loop.nanoTime();
    return new PeerHealth() {
      @Override
      public boolean isReachable(NodeId node) {
        return isUp(node);
      }

      @Override
      public long connectedSinceNanos(NodeId node) {
        return startNanos;
      }
    };
  }
}
