package io.flotilla.contract.transcript;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Writes down what a real etcd answers: asks it all that the files ask, and puts its answers in
/// their place. Where our own answer differs on purpose etcd is not asked: some of that ends it.
///
/// Arguments: the program, then names of files; without names all of them.
public final class Recorder {
  /// Of the module, where tests run.
  static final Path DIRECTORY = Path.of("src/test/resources/transcripts");

  private Recorder() {}

  public static void main(String[] arguments) throws IOException {
    PrintStream out = System.out;
    Path binary = Path.of(arguments[0]);
    List<Path> files = new ArrayList<>();
    if (arguments.length > 1) {
      for (int i = 1; i < arguments.length; i++) {
        files.add(DIRECTORY.resolve(arguments[i]));
      }
    } else {
      files.addAll(TranscriptTest.files());
    }
    for (Path file : files) {
      int cases = record(binary, file);
      out.println(file.getFileName() + ": " + cases + " cases");
    }
  }

  private static int record(Path binary, Path file) throws IOException {
    var transcript = Transcript.parse(Files.readString(file));
    List<Transcript.Case> recorded = new ArrayList<>();
    try (var subject = Subject.etcd(binary);
        var player = subject.player()) {
      for (Transcript.Case one : transcript.cases()) {
        recorded.add(record(player, one));
      }
    }
    Files.writeString(file, new Transcript(transcript.lines(), recorded).text());
    return recorded.size();
  }

  private static Transcript.Case record(Player player, Transcript.Case one) {
    List<Step> steps = new ArrayList<>();
    for (Step step : one.steps()) {
      boolean ours = step.difference() != null;
      steps.add(ours ? step : step.withAnswers(player.play(step.act())));
    }
    player.endCase();
    return new Transcript.Case(one.title(), steps);
  }
}
