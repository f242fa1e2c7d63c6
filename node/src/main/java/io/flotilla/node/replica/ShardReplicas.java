package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.node.storage.Identity;
import io.flotilla.placement.client.GroupProposer;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.order.JournalListener;
import io.flotilla.placement.order.Placements;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.RaftHost;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.storage.file.DiskFullException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The replicas of shard groups on a node: of those that the root group's state gives it. They come
/// when a group is founded or placed here, or when this node hears of it with a whole state, and go
/// when the group is retired or goes on without this node ([DroppedHere]). On the loop, but for
/// [#read].
///
/*
 * READING --files are there--> OPEN --not ours any more--> CLOSING --files are gone--> no entry. A
 * group that is not ours any more while it is read goes from READING to CLOSING. A group that is
 * retired never comes back, as numbers of groups are never used again; one that left may.
 */
final class ShardReplicas implements JournalListener {
  private enum Stage {
    READING,
    OPEN,
    CLOSING
  }

  private static final long ROOM_MILLIS = 500;
  private static final long TELL_MILLIS = 1_000;
  private static final long PROPOSAL_MILLIS = 5_000;

  private static final Logger LOG = LoggerFactory.getLogger(ShardReplicas.class);

  private final ReplicaPorts ports;
  private final Identity identity;
  private final RootReplica root;
  private final ShardFiles files;
  private final DroppedHere here;
  private final PlacementMetrics metrics;
  private final GroupMembers members;
  private final List<ShardReplica> read = new ArrayList<>();
  private final Map<GroupId, Stage> stages = new TreeMap<>();
  // given up by an earlier process; the state that a start finds may still name them
  private final Set<GroupId> gone = new HashSet<>();
  // still run, and are known to nobody but the host
  private final Map<GroupId, ShardReplica> closing = new TreeMap<>();
  private volatile Map<GroupId, ShardReplica> open = Map.of();
  private @Nullable RaftHost host;
  private boolean looking;
  private boolean stopped;

  ShardReplicas(ReplicaPorts ports, Identity identity, RootReplica root, ShardFiles files) {
    this.ports = ports;
    this.identity = identity;
    this.root = root;
    this.files = files;
    this.metrics =
        new PlacementMetrics(
            ports.meters().meters(), () -> open.size(), () -> root.machine().facts());
    this.here = new DroppedHere(identity.node(), files.dropped(), this::tell);
    this.members =
        new GroupMembers(
            identity.node(),
            new RootPlacement(ports, root, this::tell),
            ports.clock(),
            ports.loop());
  }

  /// Reads what the disk holds of the groups that the root group's state names now. Blocks; any
  /// thread, before [#open].
  void read() throws IOException {
    RootMachine machine = root.machine();
    gone.addAll(files.retired());
    for (GroupRecord record : machine.groups()) {
      if (isOurs(record)) {
        read(record, machine.shardMap());
      }
    }
  }

  private boolean isOurs(GroupRecord record) {
    return !gone.contains(new GroupId(record.getGroup())) && here.isOurs(record);
  }

  /// To the root group's leader, wherever that is.
  private void tell(Command command, Consumer<CommandResult> onResult) {
    new GroupProposer(root.door(), () -> false, ports.clock(), ports.loop(), PROPOSAL_MILLIS)
        .propose(command, onResult);
  }

  /// A node that has run before starts without a group that there is no room for.
  private void read(GroupRecord record, ShardMap map) throws IOException {
    try {
      read.add(files.read(record, map, root.hasRun()));
    } catch (DiskFullException full) {
      if (!root.hasRun()) {
        throw full;
      }
      tellOfNoRoom(record, full);
    }
  }

  private static void tellOfNoRoom(GroupRecord record, DiskFullException full) {
    LOG.atWarn()
        .addKeyValue("event", "group-waits-for-room")
        .addKeyValue("group", record.getGroup())
        .log("no room for its replica on this node: {}", full.getMessage());
  }

  /// Begins to run them, and follows the root group from now on. After the root group is open.
  void open(RaftHost onHost) {
    host = onHost;
    for (ShardReplica replica : read) {
      open(onHost, replica);
    }
    read.clear();
    root.machine().observe(this);
    root.machine().onReplacement(this::lookLater);
    lookLater(); // for those that there was no room for
  }

  @Override
  public void onGroupsChanged() {
    lookLater();
  }

  /// Not from inside the root group's machine.
  private void lookLater() {
    if (!looking) {
      looking = true;
      ports.loop().execute(this::look);
    }
  }

  private void look() {
    looking = false;
    RaftHost running = host;
    if (!stopped && running != null) {
      look(running);
    }
  }

  private void look(RaftHost host) {
    root.watches().look();
    Set<GroupId> named = new HashSet<>();
    for (GroupRecord record : root.machine().groups()) {
      var group = new GroupId(record.getGroup());
      named.add(group);
      Stage stage = stages.get(group);
      if (stage == null && isOurs(record)) {
        begin(host, record);
      } else if (here.mustGo(record)) {
        leave(host, record, stage);
      }
    }
    for (ShardReplica replica : open.values()) {
      if (!named.contains(replica.group())) {
        close(host, replica);
      }
    }
  }

  /// The group goes on without this node.
  private void leave(RaftHost host, GroupRecord record, @Nullable Stage stage) {
    var group = new GroupId(record.getGroup());
    ShardReplica replica = open.get(group);
    if (replica != null) {
      close(host, replica);
    } else if (stage == null && here.isGone(record)) {
      here.tell(record, () -> ports.loop().after(TELL_MILLIS, this::lookLater));
    } else if (stage == null) {
      stages.put(group, Stage.CLOSING);
      offLoop(() -> remove(group));
    }
  }

  private boolean isOurs(GroupId group) {
    return root.machine().groups().stream()
        .anyMatch(each -> each.getGroup() == group.value() && isOurs(each));
  }

  // ---- a group comes

  private void begin(RaftHost host, GroupRecord record) {
    stages.put(new GroupId(record.getGroup()), Stage.READING);
    ShardMap map = root.machine().shardMap();
    offLoop(
        () -> {
          try {
            ShardReplica replica = files.read(record, map, false);
            ports.loop().execute(() -> onRead(host, replica));
          } catch (DiskFullException full) {
            ports.loop().execute(() -> awaitRoom(host, record, full));
          }
        });
  }

  /// A group that is new has promised nothing yet: it comes when there is room for it.
  private void awaitRoom(RaftHost host, GroupRecord record, DiskFullException full) {
    tellOfNoRoom(record, full);
    ports.loop().after(ROOM_MILLIS, () -> beginAgain(host, record));
  }

  private void beginAgain(RaftHost host, GroupRecord record) {
    var group = new GroupId(record.getGroup());
    stages.remove(group);
    if (!stopped && isOurs(group)) {
      begin(host, record);
    }
  }

  private void onRead(RaftHost host, ShardReplica replica) {
    if (stopped) {
      abandon(replica);
    } else if (isOurs(replica.group())) {
      open(host, replica);
    } else {
      stages.put(replica.group(), Stage.CLOSING);
      offLoop(
          () -> {
            replica.abandon();
            removeOrWait(replica.group());
          });
    }
  }

  private void abandon(ShardReplica replica) {
    try {
      replica.abandon();
    } catch (IOException failure) {
      ports.halt().accept(failure);
    }
  }

  private void open(RaftHost host, ShardReplica replica) {
    stages.put(replica.group(), Stage.OPEN);
    root.expect(replica.group());
    Group group = replica.open(host, identity);
    ShardGroupMachine machine = replica.machine();
    root.add(group, machine);
    root.watches().open(group.id(), machine);
    members.add(group);
    var all = new TreeMap<>(open);
    all.put(replica.group(), replica);
    open = all;
  }

  // ---- a group goes

  private void close(RaftHost host, ShardReplica replica) {
    GroupId group = replica.group();
    stages.put(group, Stage.CLOSING);
    var all = new TreeMap<>(open);
    all.remove(group);
    open = all;
    root.remove(group);
    root.watches().close(group);
    members.remove(replica.hosted());
    closing.put(group, replica);
    // What the thread does for the group's transfers now comes back to the loop before this does.
    offLoop(() -> ports.loop().execute(() -> end(host, group)));
  }

  private void end(RaftHost host, GroupId group) {
    if (stopped) {
      return; // the host closes it with all others, and the next start removes the files
    }
    closing.remove(group);
    host.close(group).onSuccess(_ -> offLoop(() -> removeOrWait(group)));
  }

  /// A full disk may have no room for the note that is left behind.
  private void removeOrWait(GroupId group) throws IOException {
    try {
      remove(group);
    } catch (DiskFullException full) {
      LOG.atWarn()
          .addKeyValue("event", "group-waits-for-room")
          .addKeyValue("group", group)
          .log("no room to note that its replica goes: {}", full.getMessage());
      ports.loop().execute(() -> ports.loop().after(ROOM_MILLIS, () -> removeAgain(group)));
    }
  }

  /// When the node stops first, the next start removes the files.
  private void removeAgain(GroupId group) {
    if (!stopped) {
      offLoop(() -> removeOrWait(group));
    }
  }

  /// What the group is to this node is known when it is closed, or it is no more.
  private void remove(GroupId group) throws IOException {
    GroupRecord record = root.machine().facts().record(group);
    if (record == null) {
      files.remove(group);
    } else {
      files.drop(group, record.getPlacement());
    }
    ports.loop().execute(() -> onRemoved(group, record == null));
  }

  private void onRemoved(GroupId group, boolean retired) {
    stages.remove(group);
    ports.meters().forget(group);
    if (!retired) {
      metrics.left();
    }
    LOG.atInfo()
        .addKeyValue("event", retired ? "group-retired" : "group-left")
        .addKeyValue("group", group)
        .log("its replica on this node and all its files are gone");
    lookLater();
  }

  private interface Blocking {
    void run() throws IOException;
  }

  /// A disk that fails leaves it unknown what a start would find.
  private void offLoop(Blocking task) {
    ports
        .snapshots()
        .execute(
            () -> {
              try {
                task.run();
              } catch (IOException | RuntimeException failure) {
                ports.halt().accept(failure);
              }
            });
  }

  // ---- all of them

  /// Removes what earlier processes left of groups that are no more. Once the root group's replica
  /// has applied everything that this node knew when it ran last.
  void removeLeftovers() {
    Set<GroupId> named =
        root.machine().groups().stream()
            .map(record -> new GroupId(record.getGroup()))
            .collect(Collectors.toSet());
    named.addAll(stages.keySet());
    offLoop(() -> files.removeLeftovers(named));
  }

  /// Whether every group that the root group's state gives this node has a replica here that runs
  /// and is ready for clients.
  ///
  /// @param revision that it shows
  /// @param late whether it need not be led, nor show anything: it must not be one that was never
  ///     sent its state
  boolean areReady(long revision, boolean late) {
    return root.machine().groups().stream()
        .filter(here::isOurs)
        .allMatch(record -> isReady(record, revision, late));
  }

  /// One that was never sent its state is in nobody's way if other nodes can be asked.
  private boolean isReady(GroupRecord record, long revision, boolean late) {
    ShardReplica replica = open.get(new GroupId(record.getGroup()));
    if (replica == null) {
      return false;
    }
    boolean hasState = !replica.machine().group().equals(GroupId.ROOT);
    if (late || !hasState) {
      return hasState || !Placements.isEverywhere(record);
    }
    boolean led = !replica.hosted().status().leader().equals(NodeId.NONE);
    return led && root.shards().completeness().completeTo(replica.group()) >= revision;
  }

  /// Those that run, by group; any thread.
  Map<GroupId, ShardReplica> open() {
    return open;
  }

  long storeBytes() {
    long bytes = 0;
    for (ShardReplica replica : open.values()) {
      bytes += replica.machine().storeBytes();
    }
    return bytes;
  }

  /// Opens and closes nothing from now on; the host closes what runs.
  void stop() {
    stopped = true;
    members.stop();
  }

  /// As [RootReplica#abandon], of all of them.
  void abandon() throws IOException {
    List<ShardReplica> running = new ArrayList<>(open.values());
    running.addAll(closing.values());
    for (ShardReplica replica : running) {
      replica.abandon();
    }
  }
}
