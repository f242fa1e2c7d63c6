package io.flotilla.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.node.storage.TestNode;
import io.flotilla.storage.file.NioDisk;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class StorageCommandTest {
  @TempDir private Path temp;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void soundDirectoryGivesStatusZero() throws IOException {
    TestNode.fill(directory());
    assertThat(run("check", directory())).as("%s", err).isZero();
    assertThat(out.toString()).endsWith("files" + System.lineSeparator());
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void damagedDirectoryGivesStatusOne() throws IOException {
    TestNode.fill(directory());
    Files.delete(directory().resolve("member").resolve("identity"));
    assertThat(run("check", directory())).isEqualTo(1);
    assertThat(out.toString()).contains("PROBLEM ");
  }

  @Test
  void directoryInUseGivesStatusTwo() throws Exception {
    TestNode.fill(directory());
    Path lock = directory().resolve("member").resolve("lock");
    try (AutoCloseable _ = new NioDisk().lock(lock)) {
      assertThat(run("check", directory())).isEqualTo(2);
    }
    assertThat(err.toString()).contains("a node runs on").doesNotContain("\tat ");
  }

  @Test
  void wrongLinesGiveStatusTwo() {
    assertThat(run()).isEqualTo(2);
    assertThat(run("check")).isEqualTo(2);
    assertThat(run("check", directory())).as("no such directory").isEqualTo(2);
    assertThat(run("restore", temp.resolve("none"), "--data-dir", directory())).isEqualTo(2);
    assertThat(run("restore", temp.resolve("none"), "--mark-compacted")).isEqualTo(2);
    assertThat(run("restore", temp.resolve("none"), "--name", "")).isEqualTo(2);
    assertThat(run("dump", directory(), "--page", "x")).isEqualTo(2);
  }

  @Test
  void backupBecomesADirectoryThatIsSound() throws IOException {
    Path snapshot = temp.resolve("snapshot.db");
    try (TestNode node = TestNode.found(temp.resolve("old"))) {
      node.save(snapshot);
    }
    assertThat(run("restore", snapshot, "--data-dir", directory(), "--bump-revision", "100"))
        .as("%s", err)
        .isZero();
    assertThat(out.toString()).contains("revision 101");
    assertThat(run("check", directory())).isZero();
  }

  @Test
  void dumpPrintsRecords() throws IOException {
    TestNode.fill(directory());
    assertThat(run("dump", directory())).isZero();
    assertThat(out.toString()).contains("entry 3/51");
  }

  private Path directory() {
    return temp.resolve("data");
  }

  private int run(Object... arguments) {
    String[] texts = new String[arguments.length];
    for (int i = 0; i < arguments.length; i++) {
      texts[i] = arguments[i].toString();
    }
    return new CommandLine(new StorageCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(texts);
  }
}
