package io.flotilla.node.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.GroupId;
import io.flotilla.storage.file.NioDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageDumpTest {
  @TempDir private Path directory;
  private NodeFiles files;
  private final List<String> lines = new ArrayList<>();

  @BeforeEach
  void fill() throws IOException {
    TestNode.fill(directory);
    files = new NodeFiles(directory);
  }

  @Test
  void dataDirectoryShowsIdentityLogAndTrees() throws IOException {
    dump(directory);
    assertThat(lines.getFirst()).matches("cluster \\w+, member \\w+");
    assertThat(lines)
        .contains("== group 0: log", "== group 0: tree file")
        .anyMatch(line -> line.contains("entry 3/51 COMMANDS"))
        .anyMatch(line -> line.endsWith("cut up to 3/21"))
        .anyMatch(line -> line.contains("revisions"))
        .noneMatch(line -> line.contains("vvvv"));
  }

  @Test
  void segmentShowsItsOwnRecordsOnly() throws IOException {
    Path wal = files.wal(GroupId.ROOT);
    dump(wal);
    String last = new NioDisk().list(wal).stream().filter(n -> n.endsWith(".wal")).toList().getLast();
    List<String> expected =
        lines.stream()
            .filter(line -> line.startsWith(last + " offset"))
            .map(line -> line.substring(last.length() + 1))
            .toList();
    lines.clear();
    dump(wal.resolve(last));
    assertThat(expected).isNotEmpty();
    assertThat(lines).isEqualTo(expected);
  }

  @Test
  void pagesAreShownByNumber() throws IOException {
    dump(files.tree(GroupId.ROOT), 0, 3);
    assertThat(lines)
        .anyMatch(line -> line.startsWith("page 0 at 0: meta"))
        .anyMatch(line -> line.startsWith("page 3 at 12288"));
    assertThatThrownBy(() -> dump(files.tree(GroupId.ROOT), 1_000_000))
        .isInstanceOf(UnusableDirectoryException.class)
        .hasMessageContaining("no page 1000000");
  }

  @Test
  void damageDoesNotEndADump() throws IOException {
    Path segment = files.wal(GroupId.ROOT).resolve("0000000002.wal");
    byte[] bytes = Files.readAllBytes(segment);
    bytes[2000] ^= 1;
    Files.write(segment, bytes);
    dump(directory);
    assertThat(lines)
        .anyMatch(line -> line.contains("DAMAGED"))
        .anyMatch(line -> line.contains("entry 3/51"));
  }

  @Test
  void somethingElseIsRefused() {
    assertThatThrownBy(() -> dump(directory.resolve("nothing")))
        .isInstanceOf(UnusableDirectoryException.class);
    assertThatThrownBy(() -> dump(directory.resolve("member")))
        .isInstanceOf(UnusableDirectoryException.class)
        .hasMessageContaining("neither");
  }

  private void dump(Path path, Integer... pages) throws IOException {
    new StorageDump(new NioDisk(), lines::add).print(path, List.of(pages));
  }
}
