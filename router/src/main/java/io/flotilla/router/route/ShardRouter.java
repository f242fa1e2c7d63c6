package io.flotilla.router.route;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.service.RootFacts;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.ShardQuery;
import io.vertx.core.Future;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Supplier;

/// Sends each request to the group that serves its keys, as the shard map says, and puts together
/// what several groups have to answer. What concerns no keys (leases, alarms, members) is the root
/// group's. Any thread.
///
/// * Writes over several groups go to their coordinator.
/// * Reads over several groups are made at one moment of all of them, a barrier unless they are
///   serializable.
/// * What a group refuses as not its own or because its keys are about to go, and what has no
///   replica here (yet, or any more), is sent again by the newest map until the deadline; it had no
///   effect.
///
/// While the root group serves every key, requests go straight to it: that is decided once for each
/// map.
public final class ShardRouter implements GroupDoor {
  private final Supplier<RootFacts> facts;
  private final Groups groups;
  private final GroupDoor root;
  private final GroupReads reads;
  private final Retries retries;
  private volatile Routes routes;

  /// What one map means for routing.
  ///
  /// @param rootOnly whether the root group serves every key
  /// @param all groups that serve keys, and the root group
  private record Routes(ShardMap map, boolean rootOnly, List<GroupId> all) {
    static Routes of(ShardMap map) {
      var all = new TreeSet<GroupId>();
      all.add(GroupId.ROOT);
      map.shards().forEach(shard -> all.add(shard.group()));
      return new Routes(map, all.size() == 1, List.copyOf(all));
    }

    /// The groups of ranges that are not empty, ascending; the root group when there is none.
    List<GroupId> groupsOf(List<KeyRange> ranges) {
      var found = new TreeSet<GroupId>();
      for (KeyRange range : ranges) {
        for (Shard shard : map.locate(range)) {
          found.add(shard.group());
        }
      }
      return found.isEmpty() ? List.of(GroupId.ROOT) : List.copyOf(found);
    }

    List<GroupId> groupsOf(Command command) {
      return command.hasPut()
          ? List.of(map.locate(RequestKeys.key(command.getPut())).group())
          : groupsOf(RequestKeys.of(command));
    }
  }

  /// @param facts of the root group's replica here; any thread
  ShardRouter(Supplier<RootFacts> facts, Groups groups, AnswerMemory memory, Retries retries) {
    this.facts = facts;
    this.groups = groups;
    this.root = groups.root();
    this.reads = new GroupReads(groups, memory);
    this.retries = retries;
    this.routes = Routes.of(facts.get().shardMap());
  }

  private Routes routes() {
    ShardMap newest = facts.get().shardMap();
    Routes known = routes;
    if (known.map() != newest) {
      known = Routes.of(newest);
      routes = known;
    }
    return known;
  }

  // ---- writes

  @Override
  public Future<CommandResult> propose(Command command, long deadlineNanos) {
    if (routes().rootOnly() || !hasKeys(command)) {
      Future<CommandResult> answer = root.propose(command, deadlineNanos);
      return answer.succeeded()
          ? answer
          : answer.recover(
              failure -> again(failure, () -> write(command, deadlineNanos), deadlineNanos));
    }
    return retries.run(() -> write(command, deadlineNanos), deadlineNanos);
  }

  /// The first attempt went straight to the root group.
  private <T> Future<T> again(Throwable failure, Supplier<Future<T>> attempt, long deadlineNanos) {
    return Retries.isHandover(failure)
        ? retries.after(failure, attempt, deadlineNanos)
        : Future.failedFuture(failure);
  }

  private static boolean hasKeys(Command command) {
    return command.hasPut() || command.hasDeleteRange() || command.hasTxn();
  }

  private Future<CommandResult> write(Command command, long deadlineNanos) {
    if (!hasKeys(command)) {
      return root.propose(command, deadlineNanos);
    }
    List<GroupId> concerned = routes().groupsOf(command);
    GroupId first = concerned.getFirst();
    if (concerned.size() == 1 && first.equals(GroupId.ROOT)) {
      return root.propose(command, deadlineNanos);
    }
    Rejection refused = WriteAlarms.refuse(command, facts.get().alarms());
    if (refused != null) {
      return Future.succeededFuture(new CommandResult.Rejected(refused));
    }
    return concerned.size() == 1
        ? groups.shard(first).propose(command, deadlineNanos)
        : groups.across(command, deadlineNanos);
  }

  // ---- reads

  @Override
  public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
    if (isRootsOwn(query)) {
      return root.read(mode, query, deadlineNanos);
    }
    if (routes().rootOnly() && isOfKeys(query)) {
      Future<T> answer = root.read(mode, query, deadlineNanos);
      return answer.succeeded()
          ? answer
          : answer.recover(
              failure -> again(failure, () -> readKeys(mode, query, deadlineNanos), deadlineNanos));
    }
    return retries.run(() -> readKeys(mode, query, deadlineNanos), deadlineNanos);
  }

  /// Whether a group that does not have all of the keys refuses the read.
  private static boolean isOfKeys(Query<?> query) {
    return query instanceof ShardQuery.Range || query instanceof ShardQuery.ReadTxn;
  }

  private static boolean isRootsOwn(Query<?> query) {
    boolean asksForKeys = query instanceof RootQuery.TimeToLive times && times.keys();
    return !(query instanceof ShardQuery<?>) && !asksForKeys;
  }

  @SuppressWarnings("unchecked") // each case of the query fixes what T is
  private <T> Future<T> readKeys(ReadMode mode, Query<T> query, long deadlineNanos) {
    Routes now = routes();
    WholeMap whole = new WholeMap(now.map(), () -> facts.get().shardMap());
    if (now.rootOnly()) {
      return root.read(mode, query, deadlineNanos).map(answer -> checked(whole, query, answer));
    }
    if (query instanceof RootQuery.TimeToLive times) {
      return (Future<T>) reads.timeToLive(mode, times, whole, deadlineNanos);
    }
    if (!(query instanceof ShardQuery<T> keys)) {
      throw new IllegalArgumentException("not a read of keys: " + query);
    }
    return (Future<T>)
        switch ((ShardQuery<?>) keys) {
          case ShardQuery.Range range -> range(now, mode, range, deadlineNanos);
          case ShardQuery.ReadTxn txn -> txn(now, mode, txn, deadlineNanos);
          case ShardQuery.HashKv hash -> reads.hash(hash, whole, now.all(), deadlineNanos);
          case ShardQuery.KeysOfLease lease ->
              reads.keysOfLease(mode, lease, whole, now.all(), deadlineNanos);
          case ShardQuery.CompactionFinished _ ->
              reads.compactionFinished(mode, now.all(), deadlineNanos);
          case ShardQuery.History history -> history(now, mode, history, deadlineNanos);
          case ShardQuery.Export export ->
              throw new IllegalArgumentException("asked of one group only: " + export);
        };
  }

  /// An answer of the root group alone, when it had every key.
  private static <T> T checked(WholeMap whole, Query<T> query, T answer) {
    if (!isOfKeys(query)) {
      whole.checkRoot(List.of(GroupId.ROOT));
    }
    return answer;
  }

  private Future<?> range(Routes now, ReadMode mode, ShardQuery.Range query, long deadlineNanos) {
    List<KeyPart> parts =
        KeyPart.of(now.map(), query.request().getKey(), query.request().getRangeEnd());
    GroupId only = parts.isEmpty() ? GroupId.ROOT : parts.getFirst().group();
    return KeyPart.isOneGroups(parts)
        ? groups.door(only).read(mode, query, deadlineNanos)
        : reads.range(mode, query, parts, deadlineNanos);
  }

  private Future<?> txn(Routes now, ReadMode mode, ShardQuery.ReadTxn query, long deadlineNanos) {
    List<GroupId> concerned = now.groupsOf(RequestKeys.of(query));
    return concerned.size() == 1
        ? groups.door(concerned.getFirst()).read(mode, query, deadlineNanos)
        : reads.txn(mode, query.request(), now.map(), concerned, deadlineNanos);
  }

  private Future<?> history(
      Routes now, ReadMode mode, ShardQuery.History query, long deadlineNanos) {
    List<GroupId> concerned = now.groupsOf(RequestKeys.of(query));
    if (concerned.size() > 1) {
      throw new IllegalArgumentException("the history of several groups is merged by who watches");
    }
    return groups.door(concerned.getFirst()).read(mode, query, deadlineNanos);
  }
}
