package io.flotilla.raft.core;

/// What a replica does at the moment (Raft figure 4).
public enum Role {
  FOLLOWER,
  /// Asks whether it could win an election; still in its old term (thesis §9.6).
  PRE_CANDIDATE,
  CANDIDATE,
  LEADER
}
