package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.node.storage.Identity;
import io.flotilla.node.storage.NodeFiles;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.host.RaftHost;
import io.flotilla.router.route.CallerLoop;
import io.flotilla.router.route.Doors;
import io.flotilla.router.route.NodeDoors;
import io.flotilla.router.route.StorageDoor;
import io.flotilla.router.route.StoreSizes;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All replicas of a node: the root group's, and one of each shard group. They run on one host and
/// one loop.
///
/// First [#read] from the disk, which blocks; then [#open]. Groups that the root group's state
/// names later are read and opened then; those that it names no more are closed.
public final class ReplicaSet {
  /// Part of the heap that answers from several groups may take while they are put together.
  private static final long ANSWERS_SHARE = 4;

  private static final long MEASURE_MILLIS = 250;
  private static final long LOOK_MILLIS = 10;

  private final ReplicaPorts ports;
  private final Identity identity;
  private final RootReplica root;
  private final ShardReplicas shards;
  private volatile StoreSizes sizes = StoreSizes.NONE;
  private boolean stopped;

  private ReplicaSet(
      ReplicaPorts ports, Identity identity, RootReplica root, ShardReplicas shards) {
    this.ports = ports;
    this.identity = identity;
    this.root = root;
    this.shards = shards;
  }

  /// Reads what the disk holds. Blocks; any thread, before [#open].
  ///
  /// @param identity as for [RootReplica#read]
  /// @throws io.flotilla.base.CorruptionException when a file is damaged
  /// @throws io.flotilla.storage.wal.WalRefusedException when a log is another group's
  /// @throws IOException when the disk fails
  public static ReplicaSet read(
      ReplicaPorts ports, ReplicaConfig config, Identity identity, NodeFiles files)
      throws IOException {
    RootReplica root = RootReplica.read(ports, config, identity, files);
    var shards =
        new ShardReplicas(ports, identity, root, new ShardFiles(ports, config, identity, files));
    shards.read();
    return new ReplicaSet(ports, identity, root, shards);
  }

  /// Begins to run. On the host's loop, once.
  ///
  /// @param to other nodes; from now on the links follow the members
  /// @throws io.flotilla.base.InvariantViolation if a log and its state do not fit together
  public void open(RaftHost host, Connections to) {
    root.shardBytes(shards::storeBytes);
    root.open(host, to);
    shards.open(host);
    measure();
  }

  /// What the stores of shard groups take is asked for by any thread and known on the loop.
  private void measure() {
    if (!stopped) {
      long bytes = shards.storeBytes();
      sizes = bytes == 0 ? StoreSizes.NONE : new StoreSizes(bytes, bytes);
      ports.loop().after(MEASURE_MILLIS, this::measure);
    }
  }

  /// Completes when every shard group's replica here knows a leader and shows what the root group
  /// knows now: until then clients of a node that begins would have to wait. Then removes what is
  /// left of groups that are no more. On the loop, once the root group's replica has applied all
  /// that this node knew when it ran last.
  ///
  /// @param deadlineNanos when it completes at the latest, as a group that is down delays nobody
  ///     else; but not while there is a replica that was never sent its state
  public Future<Void> caughtUp(long deadlineNanos) {
    Promise<Void> promise = Promise.promise();
    look(promise, root.machine().revision(), deadlineNanos);
    return promise.future();
  }

  private void look(Promise<Void> promise, long revision, long deadlineNanos) {
    boolean late = ports.clock().nanoTime() - deadlineNanos >= 0;
    if (stopped) {
      promise.complete();
    } else if (shards.areReady(revision, late)) {
      shards.removeLeftovers();
      promise.complete();
    } else {
      ports.loop().after(LOOK_MILLIS, () -> look(promise, revision, deadlineNanos));
    }
  }

  public RootReplica root() {
    return root;
  }

  /// The replicas of shard groups that are open, by group; any thread.
  public Map<GroupId, ShardReplica> shards() {
    return shards.open();
  }

  /// The replica of a group as it was last; null when it is not open. Any thread.
  public @Nullable GroupStatus status(GroupId group) {
    if (group.equals(GroupId.ROOT)) {
      return root.group().status();
    }
    ShardReplica replica = shards.open().get(group);
    return replica == null ? null : replica.hosted().status();
  }

  /// To which revision a shard group's replica here shows everything; on the loop.
  public long completeTo(GroupId group) {
    return root.shards().completeness().completeTo(group);
  }

  /// All that a front needs; after [#open].
  ///
  /// @param quotaBytes as clients are told; [Long#MAX_VALUE] for none
  /// @param callers the loops of requests
  public Doors doors(long quotaBytes, StorageDoor storage, CallerLoop callers) {
    var node =
        new NodeDoors.Node(
            identity.node(),
            ports.clock(),
            root.machine()::facts,
            () -> sizes,
            root.quota(),
            new NodeDoors.Limits(quotaBytes, Runtime.getRuntime().maxMemory() / ANSWERS_SHARE),
            storage);
    return NodeDoors.of(root.group(), root.ways(), node, callers);
  }

  /// As [RootReplica#stopDuties].
  public void stopDuties() {
    stopped = true;
    shards.stop();
    root.stopDuties();
  }

  /// As [RootReplica#abandon], of all replicas.
  public void abandon() throws IOException {
    shards.abandon();
    root.abandon();
  }
}
