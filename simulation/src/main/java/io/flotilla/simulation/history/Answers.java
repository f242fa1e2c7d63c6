package io.flotilla.simulation.history;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What answers say about the requests they answer.
final class Answers {
  private Answers() {}

  /// Whether the answer has the form that its request asks for.
  static boolean fits(Request request, Answer answer) {
    return switch (request) {
      case Request.Put _ -> answer instanceof Answer.Put;
      case Request.Delete _ -> answer instanceof Answer.Delete;
      case Request.Range _ -> answer instanceof Answer.Range;
      case Request.Txn txn -> answer instanceof Answer.Txn done && fits(branch(txn, done), done);
      case Request.Grant _ -> answer instanceof Answer.Grant;
      case Request.Revoke _ -> answer instanceof Answer.Revoke;
      case Request.KeepAlive _ -> answer instanceof Answer.KeepAlive;
      case Request.Compact _ -> answer instanceof Answer.Compact;
    };
  }

  private static boolean fits(List<Request.Nested> branch, Answer.Txn done) {
    if (branch.size() != done.answers().size()) {
      return false;
    }
    for (int i = 0; i < branch.size(); i++) {
      if (!fits(branch.get(i), done.answers().get(i))) {
        return false;
      }
    }
    return true;
  }

  static List<Request.Nested> branch(Request.Txn txn, Answer.Txn done) {
    return done.succeeded() ? txn.success() : txn.failure();
  }

  /// Whether the answer says that keys changed. A revocation does not say it.
  static boolean mutated(Request request, Answer answer) {
    if (request instanceof Request.Txn txn && answer instanceof Answer.Txn done) {
      List<Request.Nested> branch = branch(txn, done);
      for (int i = 0; i < branch.size(); i++) {
        if (mutated(branch.get(i), done.answers().get(i))) {
          return true;
        }
      }
      return false;
    }
    return answer instanceof Answer.Put
        || (answer instanceof Answer.Delete delete && delete.deleted() > 0);
  }

  /// Where two answers differ, revisions of headers aside; null if they do not.
  static @Nullable String difference(Answer right, Answer seen) {
    return switch (right) {
      case Answer.Put put -> different("prev_kv", put.previous(), ((Answer.Put) seen).previous());
      case Answer.Delete delete -> differentDelete(delete, (Answer.Delete) seen);
      case Answer.Range range -> differentRange(range, (Answer.Range) seen);
      case Answer.Txn txn -> differentTxn(txn, (Answer.Txn) seen);
      case Answer.Grant _, Answer.Revoke _, Answer.KeepAlive _, Answer.Compact _ -> null;
    };
  }

  private static @Nullable String differentDelete(Answer.Delete right, Answer.Delete seen) {
    String count = different("deleted", right.deleted(), seen.deleted());
    return count != null ? count : differentKvs("prev_kvs", right.previous(), seen.previous());
  }

  private static @Nullable String differentRange(Answer.Range right, Answer.Range seen) {
    String kvs = differentKvs("kvs", right.kvs(), seen.kvs());
    if (kvs != null) {
      return kvs;
    }
    String count = different("count", right.count(), seen.count());
    return count != null ? count : different("more", right.more(), seen.more());
  }

  private static @Nullable String differentTxn(Answer.Txn right, Answer.Txn seen) {
    if (right.succeeded() != seen.succeeded()) {
      return different("succeeded", right.succeeded(), seen.succeeded());
    }
    for (int i = 0; i < right.answers().size(); i++) {
      String found = difference(right.answers().get(i), seen.answers().get(i));
      if (found != null) {
        return "operation " + i + ": " + found;
      }
    }
    return null;
  }

  private static @Nullable String differentKvs(String what, List<Kv> right, List<Kv> seen) {
    if (right.equals(seen)) {
      return null;
    }
    for (int i = 0; i < Math.min(right.size(), seen.size()); i++) {
      if (!right.get(i).equals(seen.get(i))) {
        return different(what + "[" + i + "]", right.get(i), seen.get(i));
      }
    }
    return different("number of " + what, right.size(), seen.size());
  }

  private static @Nullable String different(
      String what, @Nullable Object right, @Nullable Object seen) {
    return Objects.equals(right, seen) ? null : what + " is " + seen + " instead of " + right;
  }
}
