package io.flotilla.router.auth;

import com.google.protobuf.ByteString;
import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.auth.User;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.AuthAnswer;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.flotilla.router.route.AuthDoor;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// A root group that answers when a test says so.
final class FakeRoot implements GroupDoor, AuthDoor {
  final List<Promise<Object>> reads = new ArrayList<>();
  final List<Command> commands = new ArrayList<>();
  AuthFacts facts = AuthFacts.NONE;
  int fault;
  boolean alone;
  Promise<Boolean> members = Promise.promise();

  static AuthFacts usersAre(User... users) {
    var all = new TreeMap<String, User>();
    for (User user : users) {
      all.put(user.name(), user);
    }
    return new AuthFacts(true, 5, 0, all, new TreeMap<>());
  }

  static User user(String name, long credential) {
    return new User(name, ByteString.EMPTY, false, List.of(), credential);
  }

  @Override
  public Future<CommandResult> propose(Command command, long deadlineNanos) {
    commands.add(command);
    return Future.succeededFuture(
        new CommandResult.Done(AuthAnswer.newBuilder().setFault(fault), 1));
  }

  @Override
  @SuppressWarnings("unchecked")
  public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
    if (mode != ReadMode.LINEARIZABLE || !(query instanceof RootQuery.GetAuth)) {
      throw new AssertionError("not asked for: " + query);
    }
    Promise<Object> promise = Promise.promise();
    reads.add(promise);
    return (Future<T>) promise.future();
  }

  @Override
  public AuthFacts facts() {
    return facts;
  }

  @Override
  public boolean isAlone() {
    return alone;
  }

  @Override
  public Future<Boolean> everyMember(long deadlineNanos) {
    return members.future();
  }
}
