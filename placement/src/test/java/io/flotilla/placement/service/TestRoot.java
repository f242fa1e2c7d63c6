package io.flotilla.placement.service;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Epoch;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.member.MemberIds;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardConfig;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A root machine on a simulated disk with the log that a host would keep for it: a restart loses
/// what no checkpoint saved and gets it back by replay.
final class TestRoot implements AutoCloseable {
  static final List<String> PEER_URLS = List.of("http://localhost:2380");
  static final NodeId SELF = MemberIds.ofBootstrap(PEER_URLS, "etcd-cluster");
  static final Founding FOUNDING = new Founding(List.of(Member.added(SELF, PEER_URLS, false)));

  private static final Path PATH = Path.of("/db");
  private static final RootConfig CONFIG =
      new RootConfig(new ShardConfig(64, 8, 256), 1000, 1 << 20, 1_000_000);

  /// One entry: commands, or a membership.
  private record Logged(
      EntryId id, List<Command> commands, @Nullable Membership membership, byte[] context) {}

  final SimLoop loop = new SimLoop();
  private final SimDisk disk = new SimDisk();
  private final List<Logged> log = new ArrayList<>();
  private final @Nullable Founding founding;
  private RootMachine machine;
  private TreeFile file;
  /// Of the entries that follow.
  long term = 1;

  TestRoot(@Nullable Founding founding) {
    this.founding = founding;
    file = openFile();
    machine = RootMachine.open(file, CONFIG, founding, loop);
  }

  /// Root group: keys below g; group 1: g to p; group 2: from p.
  static ShardMap threeGroups() {
    return ShardMap.initial()
        .split(Key.of("p".getBytes(StandardCharsets.UTF_8)), new GroupId(2))
        .split(Key.of("g".getBytes(StandardCharsets.UTF_8)), new GroupId(1));
  }

  static Founding foundingOf(ShardMap map) {
    return new Founding(FOUNDING.members(), new ShardMap(Epoch.FIRST, map.shards()));
  }

  static TestRoot founded() {
    return new TestRoot(FOUNDING);
  }

  static TestRoot leading() {
    var root = founded();
    root.lead();
    return root;
  }

  RootMachine machine() {
    return machine;
  }

  void lead() {
    machine.onLeadership(true, term);
  }

  List<CommandResult> applyAll(List<Command> commands) {
    var entry = new Logged(nextId(), commands, null, new byte[0]);
    log.add(entry);
    return machine.apply(entry.id(), commands);
  }

  CommandResult apply(Command command) {
    return applyAll(List.of(command)).getFirst();
  }

  /// The response of a command that must run.
  CommandResult.Done done(Command command) {
    CommandResult result = apply(command);
    assertThat(result).isInstanceOf(CommandResult.Done.class);
    return (CommandResult.Done) result;
  }

  /// Why a command, which must be refused, is.
  Rejection refused(Command command) {
    CommandResult result = apply(command);
    assertThat(result).isInstanceOf(CommandResult.Rejected.class);
    return ((CommandResult.Rejected) result).why();
  }

  void applyMembership(Membership membership, byte[] context) {
    var entry = new Logged(nextId(), List.of(), membership, context);
    log.add(entry);
    machine.applyMembership(entry.id(), membership, context);
  }

  private EntryId nextId() {
    return new EntryId(term, machine.applied().index() + 1);
  }

  /// The answer of a read that must not be refused, stepped as small as possible.
  <T> T read(Query<T> query) {
    try (QueryRun<T> run = machine.query(query)) {
      while (run.step(1)) {}
      assertThat(run.rejection()).isNull();
      return run.result();
    }
  }

  <T> @Nullable Rejection readRefused(Query<T> query) {
    try (QueryRun<T> run = machine.query(query)) {
      while (run.step(100)) {}
      return run.rejection();
    }
  }

  void checkpoint() {
    try {
      var checkpoint = machine.beginCheckpoint();
      checkpoint.run();
      checkpoint.end();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// Comes back with the last checkpoint, then executes the rest of the log again.
  void restart() {
    machine.close();
    file = openFile();
    machine = RootMachine.open(file, CONFIG, founding, loop);
    replay(log.subList((int) machine.applied().index(), log.size()));
  }

  /// Executes another replica's log here, from its beginning.
  void replayAllOf(TestRoot other) {
    other.log.forEach(log::add);
    replay(log);
  }

  private void replay(List<Logged> entries) {
    for (Logged entry : List.copyOf(entries)) {
      if (entry.membership() == null) {
        machine.apply(entry.id(), entry.commands());
      } else {
        machine.applyMembership(entry.id(), entry.membership(), entry.context());
      }
    }
  }

  /// Everything that the next checkpoint would hold, as text by tree and key.
  Map<String, String> dump() {
    for (int step = 0; step < 10; step++) {
      machine.tick(loop.nanoTime());
    }
    checkpoint();
    Map<String, String> all = new TreeMap<>();
    for (String name : file.treeNames()) {
      var cursor = file.tree(name).cursor();
      for (boolean more = cursor.first(); more; more = cursor.next()) {
        all.put(name + "/" + hex(cursor.key()), hex(cursor.value()));
      }
    }
    return all;
  }

  private static String hex(byte[] bytes) {
    return java.util.HexFormat.of().formatHex(bytes);
  }

  private TreeFile openFile() {
    try {
      return TreeFile.open(disk, PATH, TreeFileConfig.standard());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Override
  public void close() {
    machine.close();
  }
}
