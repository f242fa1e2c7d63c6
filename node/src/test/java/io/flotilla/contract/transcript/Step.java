package io.flotilla.contract.transcript;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One thing that a dialogue does, and what came back.
///
/// @param line of the file, from 1
/// @param act what is done
/// @param answers what has to come back, a line each
/// @param difference why that is not what etcd answers; null where it is
record Step(int line, Act act, List<String> answers, @Nullable String difference) {
  Step {
    answers = List.copyOf(answers);
  }

  Step withAnswers(List<String> others) {
    return new Step(line, act, others, difference);
  }

  sealed interface Act {
    /// A unary call.
    ///
    /// @param method as `KV/Put`
    /// @param request in protobuf's text format
    record Ask(String method, String request) implements Act {}

    /// A request to the gateway.
    record Post(String path, String body) implements Act {}

    /// Opens a stream under a name.
    record Open(String stream, String method) implements Act {}

    record Send(String stream, String request) implements Act {}

    /// Takes so many messages from a stream, or its end.
    record Take(String stream, int count) implements Act {}

    /// Nothing more is sent.
    record HalfClose(String stream) implements Act {}
  }

  /// As it stands in a file.
  String text() {
    return switch (act) {
      case Act.Ask(String method, String request) -> "> " + method + " " + request;
      case Act.Post(String path, String body) -> "> POST " + path + " " + body;
      case Act.Open(String stream, String method) -> "open " + stream + " " + method;
      case Act.Send(String stream, String request) -> "send " + stream + " " + request;
      case Act.Take(String stream, int count) -> "take " + stream + " " + count;
      case Act.HalfClose(String stream) -> "close " + stream;
    };
  }
}
