package io.flotilla.router.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.protobuf.ByteString;
import io.flotilla.base.port.Clock;
import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.auth.AuthFault;
import io.flotilla.placement.auth.TokenListener;
import io.flotilla.placement.auth.User;
import io.flotilla.proto.command.AuthChange;
import io.flotilla.proto.command.TokenIssue;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// etcd's simple tokens: random letters that the log makes known to every node, each of which
/// forgets them when they were not shown to it for some time. The log and the nodes hold a hash of
/// the letters only. The number behind the dot says nothing here; it gives the token etcd's form.
///
/// Tokens are no part of the state: a node that starts, or that is sent a whole state, does not
/// know those of before, and their clients log in again (etcd behaviour).
final class SimpleTokens implements Tokens, TokenListener {
  private static final int LETTERS = 16;
  private static final int LOGINS_MAX = 200_000;
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

  /// @param disables of the [AuthFacts] that it belongs to
  private record Login(String user, long credential, long disables) {}

  private final AuthProposals proposals;
  private final LongSupplier appliedIndex;
  private final SecureRandom random = new SecureRandom();
  private final Cache<ByteString, Login> logins;

  /// @param ttl since the token was shown to this node last
  /// @param appliedIndex of this node's replica of the root group
  SimpleTokens(AuthProposals proposals, Duration ttl, LongSupplier appliedIndex, Clock clock) {
    this.proposals = proposals;
    this.appliedIndex = appliedIndex;
    this.logins =
        Caffeine.newBuilder()
            .maximumSize(LOGINS_MAX)
            .expireAfterAccess(ttl)
            .ticker(clock::nanoTime)
            .build();
  }

  @Override
  public void onIssued(TokenIssue token, long disables) {
    logins.put(token.getTokenHash(), new Login(token.getUser(), token.getCredential(), disables));
  }

  @Override
  public @Nullable Identity identify(String token, AuthFacts facts) {
    int dot = token.lastIndexOf('.');
    if (dot != LETTERS) {
      return null;
    }
    ByteString hash = hash(token.substring(0, dot));
    Login login = logins.getIfPresent(hash);
    if (login == null) {
      return null;
    }
    User user = facts.user(login.user());
    boolean valid =
        user != null
            && user.credential() == login.credential()
            && facts.disables() == login.disables();
    return valid ? new Identity(login.user(), facts.revision()) : null;
  }

  @Override
  public boolean mayBeNew(String token) {
    return token.lastIndexOf('.') == LETTERS;
  }

  @Override
  public Future<String> issue(User user, AuthFacts facts, long deadlineNanos) {
    String letters = letters();
    var token =
        TokenIssue.newBuilder()
            .setUser(user.name())
            .setCredential(user.credential())
            .setTokenHash(hash(letters));
    return proposals
        .propose(AuthChange.newBuilder().setTokenIssue(token).build(), deadlineNanos)
        .compose(fault -> answer(fault, letters));
  }

  private Future<String> answer(@Nullable AuthFault fault, String letters) {
    if (fault == AuthFault.OLD_CREDENTIAL) {
      return Future.failedFuture(new OldCredential());
    }
    return fault == null
        ? Future.succeededFuture(letters + "." + appliedIndex.getAsLong())
        : Future.failedFuture(AuthErrors.of(fault).asException());
  }

  private String letters() {
    var letters = new StringBuilder(LETTERS);
    for (int i = 0; i < LETTERS; i++) {
      letters.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return letters.toString();
  }

  private static ByteString hash(String letters) {
    return ByteString.copyFrom(Digests.sha256(letters.getBytes(StandardCharsets.UTF_8)));
  }
}
