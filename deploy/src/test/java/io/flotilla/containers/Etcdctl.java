package io.flotilla.containers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// etcd's command line, outside of the containers.
final class Etcdctl {
  private static final long SECONDS_MAX = 60;
  private static final String COMMAND_TIMEOUT = "5s";

  /// What a call printed, error output included.
  record Answer(int status, String text) {
    boolean ok() {
      return status == 0;
    }

    /// The number behind a name of the `fields` output.
    String field(String name) {
      Matcher matcher = Pattern.compile("\"" + name + "\" : (\\S+)").matcher(text);
      return matcher.find() ? matcher.group(1) : "";
    }
  }

  private Etcdctl() {}

  /// One call to the nodes; its own deadline is five seconds.
  static Answer run(List<ContainerNode> nodes, String... arguments) {
    List<String> command = new ArrayList<>(List.of("etcdctl"));
    command.add("--command-timeout=" + COMMAND_TIMEOUT);
    command.add("--dial-timeout=" + COMMAND_TIMEOUT);
    command.add(
        "--endpoints=" + String.join(",", nodes.stream().map(ContainerNode::endpoint).toList()));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("ETCDCTL_API", "3");
    try {
      Process process = builder.start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(command + " does not end");
      }
      return new Answer(process.exitValue(), text.strip());
    } catch (IOException e) {
      throw new IllegalStateException("could not run " + command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }
}
