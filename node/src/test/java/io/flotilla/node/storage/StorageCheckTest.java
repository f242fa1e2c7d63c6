package io.flotilla.node.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.placement.member.Member;
import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.EntryKind;
import io.flotilla.raft.log.LogBatch;
import io.flotilla.raft.log.LogStore;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.NioDisk;
import io.flotilla.storage.wal.Wal;
import io.flotilla.storage.wal.WalConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageCheckTest {
  private static final WalConfig WAL = new WalConfig(GroupId.ROOT, TestNode.SEGMENT_BYTES, 4096, 1);

  @TempDir private Path directory;
  private NodeFiles files;
  private final List<String> lines = new ArrayList<>();

  @BeforeEach
  void fill() throws IOException {
    TestNode.fill(directory);
    files = new NodeFiles(directory);
  }

  @Test
  void whatANodeLeavesIsSoundAndStaysAsItIs() throws IOException {
    Map<Path, String> before = contents();
    assertThat(check()).as("%s", lines).isTrue();
    assertThat(contents()).isEqualTo(before);
    assertThat(lines.getFirst()).matches("member/identity: cluster \\w+, member \\w+: sound");
    assertThat(lines)
        .anyMatch(line -> line.matches("groups/0/wal/\\d+.wal: \\d+ records in .* sound"))
        .anyMatch(line -> line.startsWith("groups/0/snap/db: ") && line.endsWith(": sound"))
        .anyMatch(line -> line.contains("20 keys, revision 41, compacted -1"))
        .anyMatch(line -> line.contains("log after 3/21 up to 3/51"))
        .noneMatch(line -> line.startsWith("PROBLEM"));
    assertThat(lines.getLast()).matches("sound: \\d+ files");
  }

  /// A node that was killed before its first checkpoint leaves an empty tree file and a log.
  @Test
  void aStateThatIsOnlyInTheLogIsNoDamage() throws IOException {
    Path fresh = directory.resolve("fresh");
    try (TestNode node = TestNode.found(fresh)) {
      node.put("a", 0);
    }
    assertThat(check(fresh)).as("%s", lines).isTrue();
  }

  /// A node makes all of them before it runs any.
  @Test
  void aFounderHasTheFilesOfAllItsGroups() throws IOException {
    var member = Member.added(new NodeId(7), List.of("http://h:1"), false);
    var origin = new Origin(Origin.Kind.FOUNDED, List.of(member), List.of(Key.utf8("k")));
    new Identity(1, new NodeId(7), origin).write(new NioDisk(), files.identity());
    assertThat(check()).isFalse();
    assertThat(lines).contains("PROBLEM " + files.group(new GroupId(1)) + " is missing");
  }

  @Test
  void directoryInUseIsNotChecked() throws Exception {
    try (AutoCloseable _ = new NioDisk().lock(files.lock())) {
      assertThatThrownBy(this::check)
          .isInstanceOf(UnusableDirectoryException.class)
          .hasMessageContaining("a node runs on");
    }
    assertThat(lines).isEmpty();
    assertThat(check()).as("when it was stopped").isTrue();
  }

  @Test
  void directoryOfSomethingElseIsNotChecked() {
    Path other = directory.resolve("groups").resolve("0");
    assertThatThrownBy(() -> StorageCheck.run(new NioDisk(), other, lines::add, quiet()))
        .isInstanceOf(UnusableDirectoryException.class)
        .hasMessageContaining("is not a data directory");
  }

  @Test
  void damagedIdentityIsFound() throws IOException {
    flip(files.identity(), 12);
    assertDamaged("identity is damaged at offset 0: its checksum is wrong");
  }

  @Test
  void missingIdentityIsFound() throws IOException {
    Files.delete(files.identity());
    assertDamaged("identity is missing");
  }

  @Test
  void damagedSegmentIsFoundWithFileAndOffset() throws IOException {
    Path segment = segments().getLast();
    flip(segment, 512 * 2 + 100);
    assertDamaged(segment + " is damaged at offset 1024");
    assertThat(lines).anyMatch(line -> line.endsWith("DAMAGED") && line.contains(".wal"));
  }

  @Test
  void missingSegmentIsFound() throws IOException {
    List<Path> segments = segments();
    assertThat(segments).as("the log has several").hasSizeGreaterThan(2);
    Files.delete(segments.get(1));
    assertDamaged("missing");
  }

  @Test
  void interruptedWriteIsNoDamage() throws IOException {
    Path segment = segments().getLast();
    long end = endOfFrames(segment);
    copy(segment, end - 512, end, new byte[512]);
    assertThat(check()).as("%s", lines).isTrue();
  }

  /// Every checksum is right, but entry 60 cannot follow entry 51.
  @Test
  void entriesWithAGapAreFound() throws IOException {
    try (Wal wal =
        Wal.open(new NioDisk(), Clock.system(), files.wal(GroupId.ROOT), WAL, (_, _, _) -> {})) {
      byte[] entry = new byte[17];
      entry[0] = 3;
      entry[8] = 60;
      wal.append(1, entry);
      wal.sync();
    }
    assertDamaged("entry 3/60 does not follow 3/51");
  }

  @Test
  void lostLogIsFound() throws IOException {
    for (Path segment : segments()) {
      Files.delete(segment);
    }
    assertDamaged("the state ends with entry 3/41, but there is no log");
  }

  @Test
  void damagedPageIsFoundWithFileAndOffset() throws IOException {
    flip(files.tree(GroupId.ROOT), 4096 * 3 + 2000);
    assertDamaged("snap/db: page");
    assertThat(lines).anyMatch(line -> line.startsWith("PROBLEM") && line.contains(" at "));
  }

  @Test
  void damagedHeadOfTheTreeFileIsFound() throws IOException {
    flip(files.tree(GroupId.ROOT), 40);
    flip(files.tree(GroupId.ROOT), 4096 + 40);
    assertDamaged("both meta pages are damaged");
  }

  /// Every page is sound, but an index entry is missing.
  @Test
  void treesThatContradictEachOtherAreFound() throws IOException {
    try (TreeFile tree = openTree()) {
      tree.tree("keys").delete(Key.of("key3".getBytes()).bytes());
      tree.checkpoint();
    }
    assertDamaged("records are reached from their key");
  }

  @Test
  void logThatBeginsBehindTheStateIsFound() throws IOException {
    try (LogStore log = openLog()) {
      log.truncatePrefix(new EntryId(3, 45));
    }
    assertDamaged("the state ends with entry 3/41, but the log begins after 3/45");
  }

  @Test
  void missingTreeFileIsDamageOnceTheLogWasCut() throws IOException {
    Files.delete(files.tree(GroupId.ROOT));
    assertDamaged("the state ends with entry 0/0, but the log begins after 3/21");
  }

  @Test
  void stateThatIsAheadOfItsLogIsTold() throws IOException {
    for (Path segment : segments()) {
      Files.delete(segment);
    }
    try (LogStore log = openLog()) {
      var entry = new Entry(1, 1, EntryKind.EMPTY, new byte[0]);
      log.append(LogBatch.of(Optional.empty(), List.of(entry)));
      log.sync();
    }
    assertThat(check()).isTrue();
    assertThat(lines).anyMatch(line -> line.contains("is ahead of the log, which begins anew"));
  }

  private void assertDamaged(String reason) throws IOException {
    assertThat(check()).as("%s", lines).isFalse();
    assertThat(lines).anyMatch(line -> line.startsWith("PROBLEM ") && line.contains(reason));
    assertThat(lines.getLast()).matches("damaged: [1-9]\\d* problems in \\d+ files");
  }

  private boolean check() throws IOException {
    return check(directory);
  }

  private boolean check(Path data) throws IOException {
    return StorageCheck.run(new NioDisk(), data, lines::add, quiet());
  }

  private static Progress quiet() {
    return new Progress(_ -> {}, 60_000);
  }

  private LogStore openLog() throws IOException {
    return LogStore.open(new NioDisk(), Clock.system(), files.wal(GroupId.ROOT), WAL);
  }

  private TreeFile openTree() throws IOException {
    return TreeFile.open(new NioDisk(), files.tree(GroupId.ROOT), TreeFileConfig.standard());
  }

  private List<Path> segments() throws IOException {
    try (Stream<Path> paths = Files.list(files.wal(GroupId.ROOT))) {
      return paths.filter(path -> path.toString().endsWith(".wal")).sorted().toList();
    }
  }

  /// Where the zeros at the end of a segment begin; frames end at sectors.
  private static long endOfFrames(Path segment) throws IOException {
    byte[] bytes = Files.readAllBytes(segment);
    int end = bytes.length;
    while (bytes[end - 1] == 0) {
      end--;
    }
    return Math.ceilDiv(end, 512) * 512L;
  }

  private static void copy(Path file, long from, long to, byte[] bytes) throws IOException {
    assertThat(to - from).isEqualTo(bytes.length);
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), from);
    }
  }

  private static void flip(Path file, int offset) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[offset] ^= 0x10;
    Files.write(file, bytes);
  }

  private Map<Path, String> contents() throws IOException {
    Map<Path, String> contents = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(directory)) {
      paths
          .filter(Files::isRegularFile)
          .forEach(
              path -> {
                try {
                  contents.put(path, Arrays.toString(TestNode.sha256(Files.readAllBytes(path))));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
    return contents;
  }
}
