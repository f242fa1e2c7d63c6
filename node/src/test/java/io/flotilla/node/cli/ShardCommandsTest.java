package io.flotilla.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.node.config.NodeConfigReader;
import io.flotilla.node.config.SettingTexts;
import io.flotilla.node.run.Node;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// `flotilla shard` against a node that runs: what the operator's guide says, and what goes wrong.
@Timeout(120)
class ShardCommandsTest {
  private static final Pattern BLOCK =
      Pattern.compile("### Changing the shards.*?```sh\n(.*?)```", Pattern.DOTALL);

  private static Node node;
  private static String endpoint = "";

  @BeforeAll
  static void start(@TempDir Path directory) {
    var flags =
        Map.of(
            "data-dir", directory.resolve("data").toString(),
            "listen-client-urls", "http://127.0.0.1:0",
            "advertise-client-urls", "http://127.0.0.1:0",
            "listen-peer-urls", "http://127.0.0.1:0",
            "event-loops", "1",
            "log-level", "warn");
    node = Node.start(NodeConfigReader.read(SettingTexts.merge(flags, Map.of())));
    endpoint = "127.0.0.1:" + node.ports().getFirst();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  private record Outcome(int status, String out, String err) {}

  private static Outcome run(String line) {
    List<String> words = Arrays.asList(line.split(" "));
    CommandLine program = Main.commandLine();
    var out = new StringWriter();
    var err = new StringWriter();
    program.setOut(new PrintWriter(out));
    program.setErr(new PrintWriter(err));
    int status = program.execute(words.toArray(String[]::new));
    return new Outcome(status, out.toString(), err.toString());
  }

  private static Outcome shard(String line) {
    return run("shard " + line + " --endpoints " + endpoint);
  }

  @Test
  void theOperatorsGuideWorks() throws IOException {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("flotilla"))) {
      folder = folder.getParent();
    }
    Matcher block = BLOCK.matcher(Files.readString(folder.resolve("docs/operations.md")));
    assertThat(block.find()).isTrue();
    List<String> lines = block.group(1).lines().toList();
    assertThat(lines).hasSizeGreaterThan(5);
    for (String line : lines) {
      Outcome outcome = run(line.replace("flotilla ", "") + " --endpoints " + endpoint);
      assertThat(outcome.status()).as("%s: %s", line, outcome).isZero();
      assertThat(outcome.out()).as(line).isNotBlank();
    }
    assertThat(shard("list").out())
        .contains("-            /registry/m")
        .contains("/registry/m  -")
        .doesNotContain("\n0 ");

    Outcome refused = shard("split --at /registry/m");
    assertThat(refused.status()).isEqualTo(1);
    assertThat(refused.err()).startsWith("flotilla: ").contains("/registry/m");
    assertThat(shard("merge --at /none").status()).isEqualTo(1);
    assertThat(shard("cancel --handover 99").err()).contains("handover 99");
    assertThat(shard("transfer --group 99 --to 1").status()).isEqualTo(1);
    assertThat(shard("plan --off").out()).contains("the planner is off");
  }

  @Test
  void linesThatCannotBeReadAreRefusedBeforeAnybodyIsAsked() {
    assertThat(shard("split").status()).isEqualTo(2);
    assertThat(shard("split --at \\xZZ").err()).contains("--at: ");
    assertThat(shard("transfer --group 1 --to xyz").err()).contains("hexadecimal");
    assertThat(shard("plan --on --off").status()).isEqualTo(2);
    assertThat(run("shard list").status()).isEqualTo(1);
    assertThat(run("shard split --at a --endpoints nowhere").err()).contains("is no HOST:PORT");
  }

  @Test
  void aClusterThatDoesNotAnswerIsSaidSo() {
    Outcome outcome = run("shard split --at a --endpoints 127.0.0.1:1");
    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err()).contains("127.0.0.1:1 does not answer");
  }
}
