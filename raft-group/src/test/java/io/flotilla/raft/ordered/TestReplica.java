package io.flotilla.raft.ordered;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.ShardConfig;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.SimDisk;
import io.flotilla.storage.mvcc.KeyedState;
import io.flotilla.storage.mvcc.MvccStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// One replica of a shard group on a disk in memory, without a log of its own: tests say what is
/// committed.
final class TestReplica implements AutoCloseable {
  static final KeyRange FIRST = range("b", "c");
  static final KeyRange SECOND = KeyRange.from(Key.utf8("d"));
  static final List<KeyRange> RANGES = List.of(FIRST, SECOND);
  static final ShardFounding FOUNDING =
      new ShardFounding(
          new GroupId(1), RANGES, Membership.ofVoters(Set.of(new NodeId(1), new NodeId(2))));
  static final ShardGroupConfig.Bounds BOUNDS =
      new ShardGroupConfig.Bounds(64, 1 << 20, 256, 64, 1 << 20);

  private static final Path FILE = Path.of("/data/db");
  private static final Clock CLOCK =
      new Clock() {
        @Override
        public long nanoTime() {
          return 0;
        }

        @Override
        public long wallMillis() {
          return 0;
        }
      };

  private final SimDisk disk = new SimDisk();
  private final ShardGroupConfig config;
  private final ShardFounding founding;
  private TreeFile file;
  ShardGroupMachine machine;
  final List<BiConsumer<Long, Long>> barriers = new ArrayList<>();
  final HeardRevisions heard = new HeardRevisions();
  int gateOpenings;
  final List<OwnKeys> owned = new ArrayList<>();

  static KeyRange range(String start, String end) {
    return new KeyRange(Key.utf8(start), Key.utf8(end));
  }

  TestReplica() {
    this(new ShardConfig(96, 16, 200));
  }

  TestReplica(ShardConfig keys) {
    this(keys, FOUNDING);
  }

  TestReplica(ShardFounding founding) {
    this(new ShardConfig(96, 16, 200), founding);
  }

  private TestReplica(ShardConfig keys, ShardFounding founding) {
    this.founding = founding;
    config = new ShardGroupConfig(keys, 1 << 20, 1, BOUNDS);
    try {
      disk.createDirectories(FILE.getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    file = openFile();
    machine = openMachine();
  }

  private TreeFile openFile() {
    try {
      return TreeFile.open(disk, FILE, TreeFileConfig.standard());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ShardGroupMachine openMachine() {
    var opened = ShardGroupMachine.open(file, config, founding, CLOCK);
    barriers.clear();
    opened.barriers(barriers::add);
    heard.startFrom(opened.revision());
    opened.listen(heard);
    opened.onOwnChange(() -> owned.add(machine.own()));
    opened.observe(
        new OrderListener() {
          @Override
          public void onGateOpened() {
            gateOpenings++;
          }
        });
    return opened;
  }

  static EntryId entry(long index) {
    return new EntryId(1, index);
  }

  /// Applies the next entry.
  List<CommandOutcome> apply(List<Command> commands) {
    return machine.apply(entry(machine.applied().index() + 1), commands);
  }

  CommandOutcome apply(Command command) {
    return apply(List.of(command)).getFirst();
  }

  void offer(JournalItem item) {
    machine.offer(item);
  }

  /// Answers every barrier that is waited for.
  void answerBarriers(long revision, long item) {
    List<BiConsumer<Long, Long>> asked = List.copyOf(barriers);
    barriers.clear();
    asked.forEach(each -> each.accept(revision, item));
  }

  void checkpoint() {
    StateMachine.Checkpoint checkpoint = machine.beginCheckpoint();
    try {
      checkpoint.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    checkpoint.end();
  }

  /// What a restart finds: the last checkpoint.
  void restart() {
    machine.close();
    file = openFile();
    machine = openMachine();
  }

  /// Goes on with the state of another replica.
  void installFrom(TestReplica other) {
    try {
      Path received = FILE.resolveSibling("received-1");
      copy(other, received);
      var prepared = machine.prepare(received);
      disk.delete(received);
      prepared.commit();
      machine.install(prepared);
      prepared.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void copy(TestReplica other, Path received) throws IOException {
    var snapshot = other.machine.openSnapshot();
    try (var out = disk.open(received)) {
      var chunk = ByteBuffer.allocate(700);
      long position = 0;
      while (snapshot.read(chunk)) {
        chunk.flip();
        position += chunk.remaining();
        out.write(position - chunk.remaining(), chunk);
        chunk.clear();
      }
    }
    snapshot.close();
  }

  <T> T read(ShardQuery<T> query) {
    T result = readOrNull(query);
    if (result == null) {
      throw new AssertionError("refused: " + query);
    }
    return result;
  }

  /// Null if it is refused.
  <T> @Nullable T readOrNull(ShardQuery<T> query) {
    try (var run = machine.query(query)) {
      while (run.step(7)) {
        // small steps: they must not matter
      }
      return run.rejection() == null ? run.result() : null;
    }
  }

  /// Everything that replicas have alike at equal applied index and processed item.
  List<String> digest() {
    machine.state().prepareCheckpoint();
    List<String> digest = new ArrayList<>();
    digest.add("hash " + read(new ShardQuery.HashKv(machine.head())).response().getHash());
    MvccStore store = MvccStore.open(machine.state().file);
    var components = List.of("order", "leases", "locks", "unordered", "requests", "handover");
    for (String component : components) {
      KeyedState.Scan scan = store.component(component).scan(new byte[0]);
      while (scan.next()) {
        if (component.equals("handover") && scan.key()[0] == 'e') {
          continue; // how far a replica is with erasing is its own business
        }
        digest.add(component + Arrays.toString(scan.key()) + "=" + Arrays.toString(scan.value()));
      }
    }
    return digest;
  }

  @Override
  public void close() {
    machine.close();
  }
}
