package io.flotilla.contract.transcript;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A file of dialogues, held one after the other with a server that is new.
///
///     # a comment
///     == the title of a case
///     > KV/Put key: "a" value: "1"
///     < header { revision: 2 }
///     ! our own answer follows, and why it differs from etcd's
///     < ...
///     > POST /v3/kv/range {"key": "YQ=="}
///     < 200 {"header":{"revision":"2"},...}
///     open w Watch/Watch
///     send w create_request { key: "a" }
///     take w 1
///     < created: true
///     close w
///
/// @param lines of the file that are neither cases nor in one: the introduction
/// @param cases in order
record Transcript(List<String> lines, List<Case> cases) {
  /// @param title a sentence
  /// @param steps in order
  record Case(String title, List<Step> steps) {
    Case {
      steps = List.copyOf(steps);
    }
  }

  Transcript {
    lines = List.copyOf(lines);
    cases = List.copyOf(cases);
  }

  static Transcript parse(String text) {
    var parser = new Parser();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      try {
        parser.take(number, line.strip());
      } catch (IllegalArgumentException malformed) {
        throw new IllegalArgumentException("line " + number + ": " + line, malformed);
      }
    }
    parser.endCase();
    return new Transcript(parser.introduction, parser.cases);
  }

  private static final class Parser {
    private final List<String> introduction = new ArrayList<>();
    private final List<Case> cases = new ArrayList<>();
    private final List<String> answers = new ArrayList<>();
    private List<Step> steps = new ArrayList<>();
    private @Nullable String title;
    private @Nullable String difference;
    private Step.@Nullable Act act;
    private int actLine;

    void take(int number, String line) {
      if (line.startsWith("== ")) {
        endCase();
        title = line.substring(3);
      } else if (title == null) {
        introduction.add(line);
      } else if (line.startsWith("<")) {
        answers.add(line.substring(1).strip());
      } else if (line.startsWith("! ")) {
        difference = line.substring(2);
      } else if (!line.isEmpty()) {
        endStep();
        act = act(line);
        actLine = number;
      }
    }

    private void endStep() {
      if (act != null) {
        steps.add(new Step(actLine, act, answers, difference));
      } else if (!answers.isEmpty() || difference != null) {
        throw new IllegalArgumentException("an answer to nothing");
      }
      act = null;
      difference = null;
      answers.clear();
    }

    void endCase() {
      endStep();
      if (title != null) {
        cases.add(new Case(title, steps));
      }
      steps = new ArrayList<>();
      title = null;
    }

    private static Step.Act act(String line) {
      String[] words = line.split(" ", 3);
      String rest = words.length > 2 ? words[2] : "";
      return switch (words[0]) {
        case ">" -> asked(words[1], rest);
        case "open" -> new Step.Act.Open(words[1], rest);
        case "send" -> new Step.Act.Send(words[1], rest);
        case "take" -> new Step.Act.Take(words[1], Integer.parseInt(rest));
        case "close" -> new Step.Act.HalfClose(words[1]);
        default -> throw new IllegalArgumentException("no step begins with " + words[0]);
      };
    }

    private static Step.Act asked(String method, String rest) {
      if (!method.equals("POST")) {
        return new Step.Act.Ask(method, rest);
      }
      String[] words = rest.split(" ", 2);
      return new Step.Act.Post(words[0], words.length > 1 ? words[1] : "");
    }
  }

  /// As it stands in a file.
  String text() {
    var text = new StringBuilder();
    lines.forEach(line -> text.append(line).append('\n'));
    for (Case each : cases) {
      text.append("== ").append(each.title()).append('\n');
      for (Step step : each.steps()) {
        text.append(step.text().strip()).append('\n');
        if (step.difference() != null) {
          text.append("! ").append(step.difference()).append('\n');
        }
        step.answers().forEach(answer -> text.append(("< " + answer).strip()).append('\n'));
      }
      text.append('\n');
    }
    return text.toString();
  }
}
