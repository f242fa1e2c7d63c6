package io.flotilla.placement.auth;

import io.flotilla.proto.command.TokenIssue;

/// Hears of logins as a replica applies them.
@FunctionalInterface
public interface TokenListener {
  TokenListener NONE = (_, _) -> {};

  /// On the group's loop.
  ///
  /// @param disables of [AuthFacts] at that moment
  void onIssued(TokenIssue token, long disables);
}
