package io.flotilla.router.auth;

import io.flotilla.base.KeyRange;
import io.flotilla.placement.auth.Access;
import io.flotilla.raft.host.ReadMode;
import java.util.List;

/// What a caller has to be allowed for a request.
sealed interface Needs {
  /// Not even a token is looked at, or others decide about each part.
  record Nothing() implements Needs {}

  /// Everybody; but who shows a token shows a valid one.
  record Open() implements Needs {}

  /// Any user.
  ///
  /// @param local whether the node answers by itself, so that it asks nobody about users either
  record Anyone(boolean local) implements Needs {}

  /// The root role.
  ///
  /// @param local as for [Anyone]
  record Root(boolean local) implements Needs {}

  /// This user, or the root role.
  record SelfOrRoot(String user) implements Needs {}

  /// A user that has this role, or the root role.
  record HolderOrRoot(String role) implements Needs {}

  /// All of these keys, and all keys that are attached to these leases.
  ///
  /// @param local as for [Anyone]
  record Keys(List<Span> spans, List<Attached> leases, boolean local) implements Needs {
    public Keys {
      spans = List.copyOf(spans);
      leases = List.copyOf(leases);
    }
  }

  /// To read every key that is attached to any lease.
  record EveryLease() implements Needs {}

  record Span(Access access, KeyRange range) {}

  /// @param mode how the keys of the lease are looked up
  record Attached(Access access, long lease, ReadMode mode) {}
}
