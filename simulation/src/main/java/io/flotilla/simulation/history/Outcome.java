package io.flotilla.simulation.history;

/// How an operation ended for its client.
public sealed interface Outcome {
  /// Why a request was refused, as far as the checker can judge it.
  enum Reason {
    COMPACTED,
    FUTURE_REVISION,
    NO_SUCH_LEASE,
    OTHER
  }

  record Answered(Answer answer) implements Outcome {
    @Override
    public String toString() {
      return answer.toString();
    }
  }

  /// It certainly had no effect, and never will have.
  record Refused(Reason reason, String text) implements Outcome {
    @Override
    public String toString() {
      return "refused: " + text;
    }
  }

  /// It may have had its effect, may have it yet, or never.
  record Unknown(String text) implements Outcome {
    @Override
    public String toString() {
      return "unknown: " + text;
    }
  }
}
