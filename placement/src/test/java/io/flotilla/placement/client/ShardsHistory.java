package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.raft.shard.ChangeEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Puts together what happened to all groups of a cluster, and compares every answer with what one
/// store would have said at that revision.
final class ShardsHistory {
  enum Fate {
    OPEN,
    DONE,
    UNKNOWN,
    NEVER
  }

  /// A request that may change something.
  static final class Write {
    final Command command;
    final long newestBefore;
    final String token;
    Fate fate = Fate.OPEN;
    Message response;
    long revision;

    Write(Command command, long newestBefore, String token) {
      this.command = command;
      this.newestBefore = newestBefore;
      this.token = token;
    }
  }

  record Read(RangeRequest request, long newestBefore, RangeResponse response, long revision) {}

  private final ShardCluster cluster;

  ShardsHistory(ShardCluster cluster) {
    this.cluster = cluster;
  }

  void check(List<Write> writes, List<Read> reads) {
    Map<Long, List<ChangeEvent>> history = history();
    List<StoreModel> states = states(history);
    var claims = new HashMap<Long, Write>();
    writes.stream()
        .sorted(Comparator.comparing(write -> write.command.hasLeaseRevoke()))
        .forEach(write -> checkWrite(write, states, history, claims));
    reads.forEach(read -> checkRead(read, states));
    checkUnclaimed(writes, states, history, claims);
    checkLeases(states);
  }

  /// Equal at all nodes that have replicas, and without a gap from the first revision on.
  private Map<Long, List<ChangeEvent>> history() {
    var history = new TreeMap<Long, List<ChangeEvent>>();
    var recorders = new TreeMap<GroupId, ShardCluster.Recorder>();
    for (ShardCluster.Node node : cluster.nodes) {
      node.recorders.forEach(
          (group, recorder) -> {
            ShardCluster.Recorder first = recorders.computeIfAbsent(group, _ -> recorder);
            assertThat(described(recorder.byRevision))
                .as("group %s at %s", group, node.id)
                .isEqualTo(described(first.byRevision));
          });
    }
    recorders
        .values()
        .forEach(
            recorder ->
                recorder.byRevision.forEach(
                    (revision, events) ->
                        history.computeIfAbsent(revision, _ -> new ArrayList<>()).addAll(events)));
    assertThat(history.firstKey()).isEqualTo(2);
    assertThat(history.lastKey() - 1).as("dense").isEqualTo(history.size());
    return history;
  }

  private static Map<Long, List<String>> described(Map<Long, List<ChangeEvent>> events) {
    var described = new TreeMap<Long, List<String>>();
    events.forEach(
        (revision, all) ->
            described.put(revision, all.stream().map(event -> event.event().toString()).toList()));
    return described;
  }

  /// The state at each revision, by revision.
  private static List<StoreModel> states(Map<Long, List<ChangeEvent>> history) {
    List<StoreModel> states = new ArrayList<>();
    var empty = new StoreModel(1, new TreeMap<>());
    states.add(empty);
    states.add(empty);
    history.forEach(
        (revision, events) -> {
          var next = new StoreModel(revision, states.getLast().pairs);
          for (ChangeEvent event : events) {
            KeyValue pair = event.event().getKv();
            if (event.isDelete()) {
              next.pairs.remove(pair.getKey().toStringUtf8());
            } else {
              next.pairs.put(pair.getKey().toStringUtf8(), pair);
            }
          }
          states.add(next);
        });
    return states;
  }

  private static void checkWrite(
      Write write,
      List<StoreModel> states,
      Map<Long, List<ChangeEvent>> history,
      Map<Long, Write> claims) {
    if (write.command.hasLeaseRevoke()) {
      checkRevocation(write, states, history, claims);
      return;
    }
    List<Long> at = tokenAt(write.token, history);
    switch (write.fate) {
      case OPEN -> throw new AssertionError("unanswered: " + write.command);
      case NEVER -> assertThat(at).as("%s", write.command).isEmpty();
      case UNKNOWN -> {
        assertThat(at).as("%s", write.command).hasSizeLessThanOrEqualTo(1);
        at.forEach(revision -> checkMutation(write, revision, states, claims));
      }
      case DONE -> {
        assertThat(write.revision).isGreaterThanOrEqualTo(write.newestBefore);
        // a delete that came second may name the revision of the one that came first
        StoreModel before = states.get((int) write.revision - 1);
        boolean mutated = mutates(write, before, states);
        if (mutated && write.response.equals(answer(write, before))) {
          checkMutation(write, write.revision, states, claims);
          assertThat(write.revision).isGreaterThan(write.newestBefore);
        } else {
          StoreModel seen = states.get((int) write.revision);
          assertThat(seen.run(request(write)).mutates()).as("%s", write.command).isFalse();
          assertThat(write.response).isEqualTo(answer(write, seen));
          assertThat(at).isEmpty();
        }
      }
    }
  }

  private static boolean mutates(Write write, StoreModel before, List<StoreModel> states) {
    var outcome = before.run(request(write));
    return outcome.mutates()
        && outcome.after().pairs.equals(states.get((int) write.revision).pairs);
  }

  /// All of it happened at this revision, and nothing else.
  private static void checkMutation(
      Write write, long revision, List<StoreModel> states, Map<Long, Write> claims) {
    var outcome = states.get((int) revision - 1).run(request(write));
    assertThat(outcome.after().pairs)
        .as("%s at %s", write.command, revision)
        .isEqualTo(states.get((int) revision).pairs);
    assertThat(claims.put(revision, write)).as("a revision has one owner").isNull();
  }

  private static List<Long> tokenAt(String token, Map<Long, List<ChangeEvent>> history) {
    var value = ByteString.copyFromUtf8(token);
    List<Long> at = new ArrayList<>();
    history.forEach(
        (revision, events) -> {
          boolean found =
              events.stream()
                  .anyMatch(
                      event -> !event.isDelete() && event.event().getKv().getValue().equals(value));
          if (found) {
            at.add(revision);
          }
        });
    return at;
  }

  private static TxnRequest request(Write write) {
    Command command = write.command;
    return switch (command.getBodyCase()) {
      case PUT -> only(RequestOp.newBuilder().setRequestPut(command.getPut()));
      case DELETE_RANGE ->
          only(RequestOp.newBuilder().setRequestDeleteRange(command.getDeleteRange()));
      default -> command.getTxn();
    };
  }

  private static TxnRequest only(RequestOp.Builder op) {
    return TxnRequest.newBuilder().addSuccess(op).build();
  }

  private static Message answer(Write write, StoreModel before) {
    TxnResponse response = before.run(request(write)).response();
    return switch (write.command.getBodyCase()) {
      case PUT ->
          PutResponse.newBuilder(response.getResponses(0).getResponsePut()).clearHeader().build();
      case DELETE_RANGE ->
          DeleteRangeResponse.newBuilder(response.getResponses(0).getResponseDeleteRange())
              .clearHeader()
              .build();
      default -> response;
    };
  }

  private static void checkRevocation(
      Write write,
      List<StoreModel> states,
      Map<Long, List<ChangeEvent>> history,
      Map<Long, Write> claims) {
    if (write.fate != Fate.DONE) {
      return;
    }
    assertThat(write.revision).isGreaterThanOrEqualTo(write.newestBefore);
    long lease = write.command.getLeaseRevoke().getID();
    for (int i = (int) write.revision; i < states.size(); i++) {
      assertThat(keysOf(lease, states.get(i))).as("keys of a revoked lease").isEmpty();
    }
    StoreModel before = states.get((int) write.revision - 1);
    Set<String> doomed = keysOf(lease, before);
    if (write.revision > write.newestBefore && !doomed.isEmpty()) {
      Set<String> deleted = new TreeSet<>();
      history
          .get(write.revision)
          .forEach(event -> deleted.add(event.event().getKv().getKey().toStringUtf8()));
      // else its keys were gone before, by what has this revision
      if (deleted.equals(doomed)) {
        claims.putIfAbsent(write.revision, write);
      }
    }
  }

  private static Set<String> keysOf(long lease, StoreModel state) {
    var keys = new TreeSet<String>();
    state.pairs.forEach(
        (key, pair) -> {
          if (pair.getLease() == lease) {
            keys.add(key);
          }
        });
    return keys;
  }

  private static void checkRead(Read read, List<StoreModel> states) {
    assertThat(read.revision()).isGreaterThanOrEqualTo(read.newestBefore());
    StoreModel state = states.get((int) read.revision());
    assertThat(read.response()).isEqualTo(state.range(read.request()).build());
  }

  /// What nobody was told of are deletes whose outcome was unknown.
  private static void checkUnclaimed(
      List<Write> writes,
      List<StoreModel> states,
      Map<Long, List<ChangeEvent>> history,
      Map<Long, Write> claims) {
    Set<Write> unknown = new HashSet<>();
    writes.stream().filter(write -> write.fate == Fate.UNKNOWN).forEach(unknown::add);
    history.forEach(
        (revision, events) -> {
          if (!claims.containsKey(revision)) {
            assertThat(events).as("unclaimed %s", revision).allMatch(ChangeEvent::isDelete);
            assertThat(unknown)
                .as("who did revision %s", revision)
                .anyMatch(write -> explains(write, revision, states));
          }
        });
  }

  private static boolean explains(Write write, long revision, List<StoreModel> states) {
    StoreModel before = states.get((int) revision - 1);
    StoreModel after = states.get((int) revision);
    if (write.command.hasLeaseRevoke()) {
      var left = new TreeMap<>(before.pairs);
      left.keySet().removeAll(keysOf(write.command.getLeaseRevoke().getID(), before));
      return left.equals(after.pairs);
    }
    return before.run(request(write)).after().pairs.equals(after.pairs);
  }

  private void checkLeases(List<StoreModel> states) {
    ShardCluster.Node node = cluster.nodes.getFirst();
    states
        .getLast()
        .pairs
        .values()
        .forEach(
            pair ->
                assertThat(pair.getLease() == 0 || node.machine.leases().exists(pair.getLease()))
                    .as("lease of %s", Key.utf8(pair.getKey().toStringUtf8()))
                    .isTrue());
  }
}
