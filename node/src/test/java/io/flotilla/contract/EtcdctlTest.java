package io.flotilla.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.flotilla.proto.etcd.AlarmRequest.AlarmAction;
import io.flotilla.proto.etcd.AlarmType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/// Section 5: what operators type, with each etcdctl that is there.
@ParameterizedClass
@MethodSource("programs")
class EtcdctlTest extends ContractTest {
  private static final Path ABSENT = Path.of("absent");

  @Parameter Path program = ABSENT;
  private Etcdctl ctl = new Etcdctl(ABSENT, "");

  static Stream<Path> programs() {
    var programs = Etcdctl.programs();
    return programs.isEmpty() ? Stream.of(ABSENT) : programs.stream();
  }

  @BeforeEach
  void connect() {
    Assumptions.assumeFalse(
        program.equals(ABSENT), "no etcdctl on PATH; name one with contract.etcdctl");
    ctl = new Etcdctl(program, server.endpoint());
  }

  private static String plain(JsonObject object, String field) {
    return object.has(field)
        ? new String(Base64.getDecoder().decode(object.get(field).getAsString()))
        : "";
  }

  private List<String> keys(JsonObject answer, String field) {
    var names = new ArrayList<String>();
    var pairs = answer.has(field) ? answer.getAsJsonArray(field) : new JsonArray();
    pairs.forEach(
        pair -> names.add(plain(pair.getAsJsonObject(), "key").substring(prefix.length())));
    return names;
  }

  private List<String> get(String... options) {
    var line = Stream.concat(Stream.of("get"), Stream.of(options)).toArray(String[]::new);
    return keys(ctl.json(line), "kvs");
  }

  private static long revision(JsonObject answer) {
    return answer.getAsJsonObject("header").get("revision").getAsLong();
  }

  // get and its options.
  @Test
  void getReadsInEveryWay() {
    for (var name : List.of("c", "a", "b")) {
      ctl.text("put", prefix + name, "value-" + name);
    }
    long before = revision(ctl.json("put", prefix + "a", "changed"));
    assertThat(ctl.text("get", prefix + "a", "--print-value-only")).isEqualTo("changed\n");
    assertThat(ctl.text("get", prefix + "a")).isEqualTo(prefix + "a\nchanged\n");
    assertThat(get(prefix, "--prefix")).containsExactly("a", "b", "c");
    assertThat(get(prefix + "b", prefix + "c")).containsExactly("b");
    assertThat(get(prefix, "--prefix", "--limit", "2")).containsExactly("a", "b");
    assertThat(get(prefix, "--prefix", "--order", "DESCEND")).containsExactly("c", "b", "a");
    assertThat(get(prefix, "--prefix", "--sort-by", "CREATE", "--order", "ASCEND"))
        .containsExactly("c", "a", "b");
    assertThat(get(prefix, "--prefix", "--sort-by", "MODIFY", "--order", "DESCEND"))
        .containsExactly("a", "b", "c");
    assertThat(get(prefix, "--prefix", "--sort-by", "VERSION", "--order", "DESCEND"))
        .startsWith("a");
    assertThat(get(prefix, "--prefix", "--sort-by", "VALUE", "--order", "ASCEND"))
        .containsExactly("a", "b", "c");
    assertThat(get(prefix + "b", "--from-key", "--limit", "2")).containsExactly("b", "c");
    assertThat(get(prefix, "--prefix", "--consistency", "s")).hasSize(3);
    var keysOnly = ctl.json("get", prefix, "--prefix", "--keys-only");
    assertThat(keysOnly.toString()).doesNotContain("\"value\"");
    var old = ctl.json("get", prefix + "a", "--rev", Long.toString(before - 1));
    assertThat(plain(old.getAsJsonArray("kvs").get(0).getAsJsonObject(), "value"))
        .isEqualTo("value-a");
    assertThat(revision(old)).isEqualTo(before);
    var future = ctl.run("get", prefix + "a", "--rev", Long.toString(before + 100));
    assertThat(future.exit()).isEqualTo(1);
    assertThat(future.err()).contains("etcdserver: mvcc: required revision is a future revision");
    assertThat(ctl.text("get", prefix + "absent")).isEmpty();
  }

  // put and its options.
  @Test
  void putTakesLeasesAndShowsThePreviousPair() {
    assertThat(ctl.text("put", prefix + "a", "1")).isEqualTo("OK\n");
    var previous = ctl.json("put", prefix + "a", "2", "--prev-kv").getAsJsonObject("prev_kv");
    assertThat(plain(previous, "value")).isEqualTo("1");
    var lease = Long.toHexString(etcd.grant(60));
    ctl.text("put", prefix + "a", "3", "--lease=" + lease);
    ctl.text("put", prefix + "a", "4", "--ignore-lease");
    ctl.text("put", prefix + "a", "--ignore-value", "--lease=" + lease);
    assertThat(pair("a").getValue().toStringUtf8()).isEqualTo("4");
    assertThat(pair("a").getVersion()).isEqualTo(5);
    assertThat(Long.toHexString(pair("a").getLease())).isEqualTo(lease);
    assertThat(ctl.feed("from stdin", "put", prefix + "b").out()).isEqualTo("OK\n");
    assertThat(pair("b").getValue().toStringUtf8()).isEqualTo("from stdin");
    var refused = ctl.run("put", prefix + "absent", "--ignore-value");
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err()).contains("etcdserver: key not found");
    ctl.text("lease", "revoke", lease);
  }

  // del and its options.
  @Test
  void delDeletesKeysRangesAndPrefixes() {
    for (var name : List.of("a", "b", "c", "d")) {
      etcd.put(key(name), "v" + name);
    }
    assertThat(ctl.text("del", prefix + "a")).isEqualTo("1\n");
    assertThat(ctl.text("del", prefix + "a")).isEqualTo("0\n");
    assertThat(ctl.text("del", prefix + "b", prefix + "d", "--prev-kv"))
        .isEqualTo("2\n" + prefix + "b\nvb\n" + prefix + "c\nvc\n");
    var rest = ctl.json("del", prefix, "--prefix", "--prev-kv");
    assertThat(rest.get("deleted").getAsLong()).isEqualTo(1);
    assertThat(keys(rest, "prev_kvs")).containsExactly("d");
  }

  // txn with the script on standard input.
  @Test
  void txnRunsAScript() {
    etcd.put(key("a"), "1");
    var script =
        """
        value("%1$sa") = "1"
        version("%1$sb") = "0"
        create("%1$sb") = "0"
        mod("%1$sa") > "0"

        put %1$sa 2
        get %1$sa
        del %1$sabsent

        get %1$sa --prefix

        """
            .formatted(prefix);
    assertThat(ctl.feed(script, "txn").out())
        .isEqualTo("SUCCESS\n\nOK\n\n" + prefix + "a\n2\n\n0\n");
    assertThat(ctl.feed(script, "txn").out()).isEqualTo("FAILURE\n\n" + prefix + "a\n2\n");
    assertThat(ctl.feed(script, "txn", "-i").out()).contains("compares:").contains("FAILURE");
    var duplicate = ctl.feed("\nput %1$sa 1\nput %1$sa 2\n\n\n".formatted(prefix), "txn");
    assertThat(duplicate.exit()).isNotZero();
    assertThat(duplicate.err()).contains("etcdserver: duplicate key given in txn request");
  }

  // watch: history of a prefix with previous pairs, then live events.
  @Test
  void watchShowsHistoryAndLiveEvents() {
    long start = etcd.put(key("a"), "1");
    etcd.put(key("a"), "2");
    etcd.delete(key("a"));
    try (var watch =
        ctl.open("watch", prefix, "--prefix", "--rev", Long.toString(start), "--prev-kv")) {
      assertThat(List.of(watch.line(), watch.line(), watch.line()))
          .containsExactly("PUT", prefix + "a", "1");
      assertThat(List.of(watch.line(), watch.line(), watch.line(), watch.line(), watch.line()))
          .containsExactly("PUT", prefix + "a", "1", prefix + "a", "2");
      assertThat(List.of(watch.line(), watch.line(), watch.line(), watch.line(), watch.line()))
          .containsExactly("DELETE", prefix + "a", "2", prefix + "a", "");
      etcd.put(key("b"), "live");
      assertThat(List.of(watch.line(), watch.line(), watch.line()))
          .containsExactly("PUT", prefix + "b", "live");
    }
  }

  // watch -w json.
  @Test
  void watchPrintsJson() {
    long start = etcd.put(key("a"), "1");
    try (var watch = ctl.open("watch", prefix + "a", "--rev", Long.toString(start), "-w", "json")) {
      var event = Json.object(watch.line()).getAsJsonArray("Events").get(0).getAsJsonObject();
      assertThat(event.getAsJsonObject("kv").get("mod_revision").getAsLong()).isEqualTo(start);
      long deleted = etcd.delete(key("a"));
      var gone = Json.object(watch.line()).getAsJsonArray("Events").get(0).getAsJsonObject();
      assertThat(gone.get("type").getAsInt()).isEqualTo(1);
      assertThat(gone.getAsJsonObject("kv").get("mod_revision").getAsLong()).isEqualTo(deleted);
    }
  }

  // watch -i with the progress command.
  @Test
  void interactiveWatchesReportProgress() {
    long revision = etcd.put(key("a"), "1");
    try (var watch = ctl.open("watch", "-i")) {
      watch.type("watch " + prefix + "a --rev=" + revision);
      assertThat(List.of(watch.line(), watch.line(), watch.line()))
          .containsExactly("PUT", prefix + "a", "1");
      watch.type("progress");
      assertThat(watch.line()).isEqualTo("progress notify: " + revision);
    }
  }

  // watch below the compacted revision ends with the reason.
  @Test
  void aCompactedWatchEndsWithItsReason() {
    long first = etcd.put(key("a"), "1");
    long second = etcd.put(key("a"), "2");
    assertThat(ctl.text("compaction", Long.toString(second)))
        .isEqualTo("compacted revision " + second + "\n");
    var result = ctl.run("watch", prefix + "a", "--rev", Long.toString(first));
    assertThat(result.exit()).isNotZero();
    assertThat(result.out() + result.err())
        .contains("etcdserver: mvcc: required revision has been compacted");
    var again = ctl.run("compaction", Long.toString(second));
    assertThat(again.exit()).isEqualTo(1);
    assertThat(again.err()).contains("etcdserver: mvcc: required revision has been compacted");
    long third = etcd.put(key("a"), "3");
    assertThat(ctl.text("compaction", "--physical", Long.toString(third))).contains("compacted");
  }

  // lease commands.
  @Test
  void leasesLiveTheirLife() {
    var granted = ctl.json("lease", "grant", "60");
    long id = granted.get("ID").getAsLong();
    assertThat(granted.get("TTL").getAsLong()).isEqualTo(60);
    var hex = "%016x".formatted(id);
    ctl.text("put", prefix + "a", "1", "--lease=" + hex);
    var left = ctl.json("lease", "timetolive", hex, "--keys");
    assertThat(left.get("granted-ttl").getAsLong()).isEqualTo(60);
    assertThat(left.get("ttl").getAsLong()).isBetween(55L, 60L);
    assertThat(left.getAsJsonArray("keys").get(0).getAsString()).isEqualTo(Json.base64(key("a")));
    assertThat(ctl.text("lease", "timetolive", hex, "--keys"))
        .contains("lease " + hex + " granted with TTL(60s), remaining(")
        .contains("attached keys([" + prefix + "a])");
    var kept = ctl.json("lease", "keep-alive", "--once", hex);
    assertThat(kept.get("TTL").getAsLong()).isEqualTo(60);
    try (var alive = ctl.open("lease", "keep-alive", hex)) {
      assertThat(alive.line()).isEqualTo("lease " + hex + " keepalived with TTL(60)");
    }
    assertThat(ctl.json("lease", "list").getAsJsonArray("leases").toString())
        .contains("{\"id\":" + id + "}");
    assertThat(ctl.text("lease", "revoke", hex)).isEqualTo("lease " + hex + " revoked\n");
    assertThat(pairs()).isEmpty();
    assertThat(ctl.text("lease", "timetolive", hex)).contains("already expired");
    var gone = ctl.run("lease", "revoke", hex);
    assertThat(gone.exit()).isEqualTo(1);
    assertThat(gone.err()).contains("etcdserver: requested lease not found");
  }

  // endpoint commands.
  @Test
  void endpointsReportHealthStatusAndHash() {
    etcd.put(key("a"), "1");
    assertThat(ctl.text("endpoint", "health", "-w", "json")).contains("\"health\":true");
    assertThat(ctl.json("endpoint", "health", "--cluster").get("health").getAsBoolean()).isTrue();
    var status = ctl.json("endpoint", "status").getAsJsonObject("Status");
    assertThat(status.get("version").getAsString()).isEqualTo(etcd.status().getVersion());
    assertThat(status.get("leader").getAsBigInteger().longValue())
        .isEqualTo(etcd.status().getLeader());
    assertThat(status.get("dbSize").getAsLong()).isPositive();
    long revision = etcd.revision();
    var hash = ctl.json("endpoint", "hashkv").getAsJsonObject("HashKV");
    var same =
        ctl.json("endpoint", "hashkv", "--rev", Long.toString(revision)).getAsJsonObject("HashKV");
    assertThat(same.get("hash").getAsLong()).isEqualTo(hash.get("hash").getAsLong());
    assertThat(ctl.text("endpoint", "status", "-w", "table")).contains(server.endpoint());
  }

  // alarm list and disarm, and health under an alarm.
  @OwnServer
  @Test
  void alarmsAreListedAndDisarmed() {
    assertThat(ctl.text("alarm", "list")).isEmpty();
    etcd.alarm(AlarmAction.ACTIVATE, 7, AlarmType.NOSPACE);
    assertThat(ctl.text("alarm", "list")).isEqualTo("memberID:7 alarm:NOSPACE \n");
    var refused = ctl.run("put", prefix + "a", "1");
    assertThat(refused.exit()).isEqualTo(1);
    assertThat(refused.err()).contains("etcdserver: mvcc: database space exceeded");
    // etcdctl 3.4 does not ask for alarms.
    boolean asks = !ctl.text("version").startsWith("etcdctl version: 3.4");
    assertThat(ctl.run("endpoint", "health").exit()).isEqualTo(asks ? 1 : 0);
    assertThat(ctl.text("alarm", "disarm")).isEqualTo("memberID:7 alarm:NOSPACE \n");
    assertThat(ctl.text("alarm", "list")).isEmpty();
    ctl.text("put", prefix + "a", "1");
  }

  // member list, defrag.
  @Test
  void membersAreListed() {
    var members = ctl.json("member", "list").getAsJsonArray("members");
    assertThat(members).hasSize(server.size());
    for (var member : members) {
      long id = member.getAsJsonObject().get("ID").getAsBigInteger().longValue();
      assertThat(ctl.text("member", "list")).contains(Long.toHexString(id) + ", started, ");
    }
    assertThat(ctl.text("defrag")).contains("Finished defragmenting etcd member");
  }

  // member remove.
  @Test
  void theOnlyMemberIsNotRemoved() {
    assumeOneMember("one of several may be removed");
    var removal = ctl.run("member", "remove", Long.toHexString(etcd.status().getLeader()));
    assertThat(removal.exit()).isEqualTo(1);
    assertThat(removal.err()).contains("re-configuration failed due to not enough started members");
  }

  // move-leader to the only member.
  @Test
  void leadershipCanStay() {
    assumeOneMember("etcdctl wants the leader's endpoint");
    var self = Long.toHexString(etcd.status().getLeader());
    assertThat(ctl.text("move-leader", self))
        .isEqualTo("Leadership transferred from " + self + " to " + self + "\n");
  }

  // snapshot save: etcdctl checks size and digest.
  @Test
  void aSnapshotIsSaved(@TempDir Path directory) throws IOException {
    etcd.put(key("a"), "v".repeat(50_000));
    var file = directory.resolve("snapshot.db");
    assertThat(ctl.text("snapshot", "save", file.toString())).contains("Snapshot saved at " + file);
    assertThat(Files.size(file) % 512).isEqualTo(32);
  }

  // lock and elect are recipes of the client over leases, transactions and watches.
  @Test
  void aLockRunsACommand() {
    var held = ctl.run("lock", prefix + "lock", "echo", "locked");
    assertThat(held.exit()).isZero();
    assertThat(held.out()).contains("locked");
    assertThat(pairs()).isEmpty();
  }

  // Two lock holders: the second waits until the first one's key is gone.
  @Test
  void aSecondLockHolderWaits() {
    try (var first = ctl.open("lock", prefix + "lock");
        var stream = etcd.watch()) {
      var owner = first.line();
      stream.create(Requests.watchPrefix(key("lock/")));
      try (var second = ctl.open("lock", prefix + "lock")) {
        var waiting = stream.nextEvent().getKv().getKey().toStringUtf8();
        assertThat(waiting).isNotEqualTo(owner).startsWith(prefix + "lock/");
        assertThat(pairs()).hasSize(2);
        etcd.delete(Requests.bytes(owner));
        assertThat(second.line()).isEqualTo(waiting);
      }
    } finally {
      // The killed clients' leases would expire amid other tests.
      etcd.leases()
          .getLeasesList()
          .forEach(
              lease -> {
                if (etcd.timeToLive(lease.getID()).getGrantedTTL() == 10) {
                  etcd.revoke(lease.getID());
                }
              });
    }
  }

  // Many keys through one process each would be slow; one transaction stands for them.
  @Test
  void transactionsWithManyOperationsPass() {
    var script = new StringBuilder("\n");
    for (int i = 0; i < 128; i++) {
      script.append("put ").append(prefix).append("k").append(i).append(" v\n");
    }
    assertThat(ctl.feed(script + "\n\n", "txn").out()).startsWith("SUCCESS");
    assertThat(pairs()).hasSize(128);
    var tooMany = ctl.feed(script + "put " + prefix + "one-more v\n\n\n", "txn");
    assertThat(tooMany.exit()).isNotZero();
    assertThat(tooMany.err()).contains("etcdserver: too many operations in txn request");
  }
}
