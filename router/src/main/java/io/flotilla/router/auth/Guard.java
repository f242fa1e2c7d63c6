package io.flotilla.router.auth;

import com.google.protobuf.Message;
import io.flotilla.base.KeyRange;
import io.flotilla.placement.auth.Access;
import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.auth.Grants;
import io.flotilla.placement.auth.User;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.RequestGuard;
import io.flotilla.router.route.AuthDoor;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/// Lets a request through or refuses it, by what this node knows of users and roles. That is as new
/// as the request asks for: every change that was answered before the request began, or what this
/// node happens to know for a request that it answers by itself (docs/design/0013).
final class Guard implements RequestGuard {
  private static final Future<Void> ALLOWED = Future.succeededFuture();
  private static final String BEARER = "Bearer ";

  private final AuthDoor door;
  private final Freshness freshness;
  private final Tokens tokens;
  private final LeaseKeys leases;
  private final GrantCache grants = new GrantCache();

  Guard(AuthDoor door, Freshness freshness, Tokens tokens, LeaseKeys leases) {
    this.door = door;
    this.freshness = freshness;
    this.tokens = tokens;
    this.leases = leases;
  }

  @Override
  public Future<Void> check(Call call, Message request) {
    boolean current = door.isAlone() || freshness.holds();
    if (current && !door.facts().enabled()) {
      return ALLOWED;
    }
    var question = new Question(call, request, RequestNeeds.of(request));
    if (current || question.isLocal()) {
      return question.decide();
    }
    return freshness
        .renew(question.deadlineNanos())
        .compose(_ -> question.decide())
        .recover(question::told);
  }

  private static Future<Void> refused(ApiError why) {
    return Future.failedFuture(why.asException());
  }

  /// One request of one caller.
  private final class Question {
    private final Call call;
    private final Message request;
    private final Needs needs;

    Question(Call call, Message request, Needs needs) {
      this.call = call;
      this.request = request;
      this.needs = needs;
    }

    /// Whether the node answers by itself, without asking others how things are.
    boolean isLocal() {
      return switch (needs) {
        case Needs.Nothing _ -> !Requests.isLogin(request);
        case Needs.Anyone anyone -> anyone.local();
        case Needs.Root root -> root.local();
        case Needs.Keys keys -> keys.local();
        case Needs.EveryLease _ -> true;
        case Needs.Open _, Needs.SelfOrRoot _, Needs.HolderOrRoot _ -> false;
      };
    }

    long deadlineNanos() {
      return call.stepDeadlineNanos();
    }

    /// What the client hears when others could not be asked.
    Future<Void> told(Throwable failure) {
      return Future.failedFuture(
          Requests.isWrite(request) ? AuthProposals.asWriteFailure(failure) : failure);
    }

    Future<Void> decide() {
      AuthFacts facts = door.facts();
      if (!facts.enabled() || needs instanceof Needs.Nothing) {
        return ALLOWED;
      }
      String token = token();
      if (token == null) {
        String name = call.commonName();
        return permit(facts, name == null ? null : new Identity(name, facts.revision()));
      }
      Identity caller = tokens.identify(token, facts);
      if (caller != null) {
        return permit(facts, caller);
      }
      if (door.isAlone() || !tokens.mayBeNew(token)) {
        return refused(ApiError.INVALID_AUTH_TOKEN);
      }
      return freshness.renew(deadlineNanos()).recover(this::told).compose(_ -> decideAgain(token));
    }

    private Future<Void> decideAgain(String token) {
      AuthFacts facts = door.facts();
      if (!facts.enabled()) {
        return ALLOWED;
      }
      Identity caller = tokens.identify(token, facts);
      return caller == null ? refused(ApiError.INVALID_AUTH_TOKEN) : permit(facts, caller);
    }

    private @Nullable String token() {
      String found = call.metadata("token");
      if (found == null) {
        found = call.metadata("authorization");
      }
      return found != null && found.startsWith(BEARER) ? found.substring(BEARER.length()) : found;
    }

    /// @param caller null for one that has not said who it is
    private Future<Void> permit(AuthFacts facts, @Nullable Identity caller) {
      if (needs instanceof Needs.Open) {
        return ALLOWED;
      }
      if (caller == null) {
        return refused(ApiError.USER_EMPTY);
      }
      User user = facts.user(caller.user());
      if (isOfKeys() && caller.revision() < facts.revision()) {
        return refused(ApiError.AUTH_OLD_REVISION);
      }
      return user == null ? refused(ApiError.DENIED) : permit(facts, user);
    }

    private boolean isOfKeys() {
      return needs instanceof Needs.Keys || needs instanceof Needs.EveryLease;
    }

    private Future<Void> permit(AuthFacts facts, User user) {
      if (user.isRoot()) {
        return ALLOWED;
      }
      return switch (needs) {
        case Needs.Nothing _, Needs.Open _, Needs.Anyone _ -> ALLOWED;
        case Needs.Root _ -> refused(ApiError.DENIED);
        case Needs.SelfOrRoot self -> allowIf(self.user().equals(user.name()));
        case Needs.HolderOrRoot holder -> allowIf(user.roles().contains(holder.role()));
        case Needs.Keys keys -> keys(keys, grants.of(facts, user));
        case Needs.EveryLease _ -> everyLease(grants.of(facts, user));
      };
    }

    private Future<Void> keys(Needs.Keys keys, Grants granted) {
      for (Needs.Span span : keys.spans()) {
        if (!granted.allows(span.access(), span.range())) {
          return refused(ApiError.DENIED);
        }
      }
      Future<Void> allowed = ALLOWED;
      for (Needs.Attached attached : keys.leases()) {
        if (!granted.allows(attached.access(), KeyRange.ALL)) {
          allowed = allowed.compose(_ -> attached(attached, granted));
        }
      }
      return allowed;
    }

    private Future<Void> attached(Needs.Attached attached, Grants granted) {
      return leases
          .allKeys(
              attached,
              key -> granted.allows(attached.access(), KeyRange.single(key)),
              deadlineNanos())
          .recover(failure -> told(failure).mapEmpty())
          .compose(all -> allowIf(all));
    }

    private Future<Void> everyLease(Grants granted) {
      return granted.allows(Access.READ, KeyRange.ALL)
          ? ALLOWED
          : leases
              .allKeysOfAll(
                  key -> granted.allows(Access.READ, KeyRange.single(key)), deadlineNanos())
              .compose(all -> allowIf(all));
    }
  }

  private static Future<Void> allowIf(boolean allowed) {
    return allowed ? ALLOWED : refused(ApiError.DENIED);
  }
}
