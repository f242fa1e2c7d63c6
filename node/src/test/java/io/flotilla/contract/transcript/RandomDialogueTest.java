package io.flotilla.contract.transcript;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.contract.Servers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Asks a real etcd and our node the same at random, and compares every answer.
///
/// The etcd is `transcript.etcd`, or the one on `PATH`. `transcript.seeds=20` dialogues are held,
/// from
/// `seed` on; `transcript.requests` in each.
@Timeout(1800)
class RandomDialogueTest {
  /// What is the same in all etcd's from here on: 3.4 has other texts.
  private static final String OLDEST = "3.5";

  @Test
  void everyAnswerIsTheSame() throws IOException {
    Path etcd = etcd();
    long first = Long.getLong("seed", 1);
    int dialogues = Integer.getInteger("transcript.seeds", 3);
    List<String> differences = new ArrayList<>();
    for (long seed : LongStream.range(first, first + dialogues).toArray()) {
      try (var theirs = Subject.etcd(etcd);
          var ours = Subject.ours()) {
        differences.addAll(hold(seed, theirs, ours));
      }
    }
    assertThat(differences).isEmpty();
  }

  /// The first differences of a dialogue; what follows them may be their consequence.
  private static List<String> hold(long seed, Subject theirs, Subject ours) {
    List<String> differences = new ArrayList<>();
    var requests = new RandomRequests(seed);
    try (var etcd = theirs.player();
        var flotilla = ours.player()) {
      int count = Integer.getInteger("transcript.requests", 400);
      for (int i = 0; i < count && differences.size() < 3; i++) {
        Step.Act act = requests.next();
        List<String> wanted = etcd.play(act);
        compare(seed, act, wanted, flotilla.play(act), differences);
        requests.hear(act, wanted);
      }
      for (Step.Act act : requests.history()) {
        compare(seed, act, etcd.play(act), flotilla.play(act), differences);
      }
    }
    return differences;
  }

  private static void compare(
      long seed, Step.Act act, List<String> wanted, List<String> got, List<String> differences) {
    if (!settled(wanted).equals(settled(got))) {
      String asked = new Step(0, act, List.of(), null).text();
      differences.add("seed %d, %s%n  etcd %s%n  ours %s%n".formatted(seed, asked, wanted, got));
    }
  }

  /// Over several groups the events of one revision come group by group, which is documented: their
  /// order is not compared then.
  private static List<String> settled(List<String> answers) {
    if (!Subject.hasShards()) {
      return answers;
    }
    return answers.stream()
        .map(answer -> String.join("|", new TreeSet<>(List.of(answer.split("(?=events \\{)")))))
        .toList();
  }

  private static Path etcd() throws IOException {
    Optional<Path> named = Servers.property("transcript.etcd").map(Path::of);
    Optional<Path> etcd = named.or(() -> Servers.onPath("etcd"));
    Assumptions.assumeTrue(etcd.isPresent(), "no etcd on PATH; see transcript.etcd");
    Path found = etcd.get();
    var version = new ProcessBuilder(found.toString(), "--version").start();
    String text = new String(version.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String line = text.lines().findFirst().orElse("").replace("etcd Version: ", "");
    Assumptions.assumeTrue(
        line.compareTo(OLDEST) >= 0, found + " is " + line + "; needs " + OLDEST + " or newer");
    return found;
  }
}
