package io.flotilla.raft.host;

import io.flotilla.base.Rejection;

/// A request with its waiting client, before its replica has looked at it.
interface Waiting {
  void admitTo(Replica replica);

  /// Nothing was started.
  void refuse(Answers answers, Rejection why);
}
