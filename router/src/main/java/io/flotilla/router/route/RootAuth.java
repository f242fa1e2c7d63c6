package io.flotilla.router.route;

import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.service.RootFacts;
import io.vertx.core.Future;
import java.util.function.Supplier;

/// Users and roles as this node's replica of the root group has them.
final class RootAuth implements AuthDoor {
  private final Supplier<RootFacts> facts;
  private final NodeDoors.Applied applied;

  RootAuth(Supplier<RootFacts> facts, NodeDoors.Applied applied) {
    this.facts = facts;
    this.applied = applied;
  }

  @Override
  public AuthFacts facts() {
    return facts.get().auth();
  }

  @Override
  public boolean isAlone() {
    return facts.get().cluster().members().size() == 1;
  }

  @Override
  public Future<Boolean> everyMember(long deadlineNanos) {
    return applied.everyMember(deadlineNanos);
  }
}
