package io.flotilla.raft.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Plays the files in `src/test/scenarios` and compares what the replicas said with what is written
/// there. Each block is commands, `----`, and the messages and states that follow from them.
/// `-Drewrite=true` writes the files anew; then review the difference.
class ScenarioTest {
  private static final Path FOLDER = Path.of("src/test/scenarios");

  static List<Path> scenarios() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      return files.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("scenarios")
  void messagesFollowTheScenario(Path file) throws IOException {
    String expected = Files.readString(file);
    String played = play(expected);
    if (Boolean.getBoolean("rewrite")) {
      Files.writeString(file, played);
    } else {
      assertThat(played).isEqualTo(expected);
    }
  }

  private static String play(String text) {
    var script = new Script();
    var played = new StringBuilder();
    for (String block : text.strip().split("\n\n")) {
      played.append(played.isEmpty() ? "" : "\n");
      String commands = block.split("\n----", 2)[0];
      played.append(commands).append("\n----\n");
      commands.lines().filter(line -> !line.startsWith("#")).forEach(script::run);
      played.append(script.takeTrace());
    }
    return played.toString();
  }
}
