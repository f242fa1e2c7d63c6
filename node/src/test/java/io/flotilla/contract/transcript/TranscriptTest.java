package io.flotilla.contract.transcript;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Asks our node what etcd was asked, and compares the answers; see `docs/testing.md`.
@Timeout(300)
class TranscriptTest {
  static List<Path> files() throws IOException {
    try (var files = Files.list(Recorder.DIRECTORY)) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void answersAreThoseOfEtcd(Path file) throws IOException {
    boolean sole = file.getFileName().toString().startsWith("sole-");
    Assumptions.assumeTrue(!sole || Subject.nodes() == 1, "it is about a sole member");
    var transcript = Transcript.parse(Files.readString(file));
    List<String> differences = new ArrayList<>();
    try (var subject = Subject.ours();
        var player = subject.player()) {
      for (Transcript.Case one : transcript.cases()) {
        compare(one, player.play(one), differences);
      }
    }
    assertThat(differences).as("differences from %s", file.getFileName()).isEmpty();
  }

  private static void compare(
      Transcript.Case wanted, Transcript.Case got, List<String> differences) {
    for (int i = 0; i < wanted.steps().size(); i++) {
      Step step = wanted.steps().get(i);
      List<String> answers = got.steps().get(i).answers();
      if (!step.answers().equals(answers)) {
        differences.add(
            "%nline %d, %s%n  %s%n  wanted %s%n  got    %s"
                .formatted(
                    step.line(),
                    wanted.title(),
                    step.text(),
                    String.join("\n         ", step.answers()),
                    String.join("\n         ", answers)));
      }
    }
  }

  /// So that a file that lost its cases is noticed.
  @ParameterizedTest
  @MethodSource("files")
  void filesAreWhatTheRecorderWrites(Path file) throws IOException {
    String text = Files.readString(file);
    assertThat(Transcript.parse(text).text()).isEqualTo(text);
    assertThat(Transcript.parse(text).cases()).isNotEmpty();
  }
}
