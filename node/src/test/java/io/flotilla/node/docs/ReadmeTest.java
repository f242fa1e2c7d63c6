package io.flotilla.node.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.flotilla.node.config.NodeConfigReader;
import io.flotilla.node.config.SettingTexts;
import io.flotilla.node.run.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands of the README's first session do what it says.
class ReadmeTest {
  private static final Pattern BLOCK = Pattern.compile("(?s)```sh\n(.*?)```");
  private static final long COMMAND_SECONDS = 20;

  @TempDir Path directory;

  @Test
  void theFirstSessionWorks() throws Exception {
    assumeTrue(onPath("etcdctl") && onPath("curl"), "etcdctl and curl are not on PATH");
    var flags =
        Map.of(
            "data-dir", directory.resolve("data").toString(),
            "listen-client-urls", "http://127.0.0.1:0",
            "advertise-client-urls", "http://127.0.0.1:0",
            "listen-peer-urls", "http://127.0.0.1:0",
            "log-level", "warn");
    var config = NodeConfigReader.read(SettingTexts.merge(flags, Map.of()));
    try (Node node = Node.start(config)) {
      String endpoint = "127.0.0.1:" + node.ports().getFirst();
      Map<String, String> output = new HashMap<>();
      for (String command : commands()) {
        output.put(command, run(command, endpoint));
      }
      assertThat(output.get("etcdctl get greeting")).contains("hello");
      assertThat(output.get("etcdctl get greeting --rev=2")).isEqualTo("greeting\nhello\n");
      assertThat(output.get("etcdctl watch greeting --rev=2")).contains("hello again");
      assertThat(output.get("curl -s localhost:2379/v3/kv/range -d '{\"key\":\"Zm9v\"}'"))
          .contains("\"value\":\"YmFy\"");
      assertThat(output.get("curl -s localhost:2379/health")).contains("\"health\":\"true\"");
    }
  }

  private static List<String> commands() throws IOException {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("flotilla"))) {
      folder = folder.getParent();
    }
    List<String> commands = new ArrayList<>();
    Matcher block = BLOCK.matcher(Files.readString(folder.resolve("README.md")));
    while (block.find()) {
      block.group(1).lines().map(String::strip).filter(c -> !c.isEmpty()).forEach(commands::add);
    }
    assertThat(commands).hasSizeGreaterThan(5);
    return commands;
  }

  /// A watch does not end by itself: what it printed when it is interrupted counts.
  private String run(String command, String endpoint) throws Exception {
    boolean endless = command.contains(" watch ");
    Path out = directory.resolve("out");
    var builder =
        new ProcessBuilder(
                "bash",
                "-c",
                (endless ? "timeout 3 " : "") + command.replace("localhost:2379", endpoint))
            .redirectErrorStream(true)
            .redirectOutput(out.toFile());
    builder.environment().put("ETCDCTL_API", "3");
    builder.environment().put("ETCDCTL_ENDPOINTS", endpoint);
    Process process = builder.start();
    assertThat(process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)).as(command).isTrue();
    String text = Files.readString(out);
    if (!endless) {
      assertThat(process.exitValue()).as("%s: %s", command, text).isZero();
    }
    return text;
  }

  private static boolean onPath(String program) throws Exception {
    return new ProcessBuilder("bash", "-c", "command -v " + program)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }
}
