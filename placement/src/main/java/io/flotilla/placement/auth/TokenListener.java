package io.flotilla.placement.auth;

import io.flotilla.proto.command.TokenIssue;

/// Hears of logins as a replica applies them.
@FunctionalInterface
public interface TokenListener {
  TokenListener NONE = _ -> {};

  /// On the group's loop.
  void onIssued(TokenIssue token);
}
