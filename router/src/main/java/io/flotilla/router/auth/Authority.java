package io.flotilla.router.auth;

import io.flotilla.base.port.Clock;
import io.flotilla.placement.auth.TokenListener;
import io.flotilla.router.front.rpc.RequestGuard;
import io.flotilla.router.route.CallerLoop;
import io.flotilla.router.route.Doors;

/// All that a node has to do with who its callers are, put together. Any thread.
public final class Authority implements AutoCloseable {
  /// @param tokens what clients show instead of a password
  /// @param bcryptCost of new passwords: 2 to its power rounds
  /// @param threads for hashing
  public record Settings(TokenSettings tokens, int bcryptCost, int threads) {}

  private final Workers workers;
  private final Passwords passwords;
  private final Authenticator authenticator;
  private final Guard guard;
  private final Changes changes;
  private final TokenListener logins;

  /// Reads the keys of signed tokens, which blocks.
  ///
  /// @param callers the loops of requests
  /// @throws IllegalArgumentException for settings that no tokens can be made of, in words for the
  ///     operator
  public Authority(Settings settings, Doors doors, Clock clock, CallerLoop callers) {
    var freshness = new Freshness(doors.group(), clock);
    workers = new Workers(settings.threads(), callers, clock);
    passwords = new Passwords(workers, settings.bcryptCost());
    Tokens tokens =
        switch (settings.tokens()) {
          case TokenSettings.Simple simple ->
              new SimpleTokens(
                  new AuthProposals(doors.group()),
                  simple.ttl(),
                  doors.view()::appliedIndex,
                  clock);
          case TokenSettings.Jwt jwt -> new JwtTokens(JwtKeys.read(jwt), jwt.ttl(), workers, clock);
        };
    logins = tokens instanceof TokenListener listener ? listener : TokenListener.NONE;
    authenticator = new Authenticator(doors.auth(), passwords, tokens);
    guard = new Guard(doors.auth(), freshness, tokens, new LeaseKeys(doors.group()));
    changes = new Changes(doors.auth(), callers, clock);
  }

  public RequestGuard guard() {
    return guard;
  }

  public Authenticator authenticator() {
    return authenticator;
  }

  public Passwords passwords() {
    return passwords;
  }

  public Changes changes() {
    return changes;
  }

  /// Has to hear of every login that this node's replica of the root group applies.
  public TokenListener logins() {
    return logins;
  }

  /// Passwords that wait for a thread.
  public int waiting() {
    return workers.waiting();
  }

  @Override
  public void close() {
    workers.close();
  }
}
