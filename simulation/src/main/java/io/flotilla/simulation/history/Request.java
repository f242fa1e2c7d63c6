package io.flotilla.simulation.history;

import java.util.List;

/// What a client asked for. Lease ids are never used twice in a history.
public sealed interface Request {

  /// What may stand in a transaction.
  sealed interface Nested extends Request {}

  /// @param lease the lease to hang the key on, 0 for none
  record Put(String key, String value, long lease, boolean previous) implements Nested {
    @Override
    public String toString() {
      String on = lease == 0 ? "" : " lease " + lease;
      return "put " + Words.of(key) + "=" + Words.of(value) + on + (previous ? " prev" : "");
    }
  }

  record Delete(Span span, boolean previous) implements Nested {
    @Override
    public String toString() {
      return "delete " + span + (previous ? " prev" : "");
    }
  }

  /// @param limit most keys in the answer, 0 for all
  /// @param revision the revision to read at, 0 for the newest
  /// @param serializable whether the node may answer from what it has
  record Range(Span span, long limit, long revision, boolean serializable, boolean countOnly)
      implements Nested {
    public static Range linearizable(Span span) {
      return new Range(span, 0, 0, false, false);
    }

    @Override
    public String toString() {
      return (serializable ? "stale " : "")
          + (countOnly ? "count " : "range ")
          + span
          + (revision == 0 ? "" : " at " + revision)
          + (limit == 0 ? "" : " limit " + limit);
    }
  }

  /// Ranges inside read the newest state and name no revision; a branch writes each key at most
  /// once.
  record Txn(List<Compare> compares, List<Nested> success, List<Nested> failure) implements Nested {
    public Txn {
      compares = List.copyOf(compares);
      success = List.copyOf(success);
      failure = List.copyOf(failure);
      refuseOldReads(success);
      refuseOldReads(failure);
    }

    private static void refuseOldReads(List<Nested> operations) {
      for (Nested operation : operations) {
        if (operation instanceof Range range && range.revision() != 0) {
          throw new IllegalArgumentException("a revision in a transaction: " + range);
        }
      }
    }

    @Override
    public String toString() {
      return "txn if " + compares + " then " + success + " else " + failure;
    }
  }

  /// @param id the wanted id, 0 to let the server choose
  record Grant(long id, long ttlSeconds) implements Request {
    @Override
    public String toString() {
      return "grant lease " + id + " for " + ttlSeconds + " s";
    }
  }

  record Revoke(long lease) implements Request {
    @Override
    public String toString() {
      return "revoke lease " + lease;
    }
  }

  record KeepAlive(long lease) implements Request {
    @Override
    public String toString() {
      return "keep lease " + lease;
    }
  }

  record Compact(long revision) implements Request {
    @Override
    public String toString() {
      return "compact " + revision;
    }
  }
}
