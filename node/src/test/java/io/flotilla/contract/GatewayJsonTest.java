package io.flotilla.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;

/// 1.2.2: how messages look as JSON, in and out; assertion 75.
class GatewayJsonTest extends ContractTest {

  private JsonObject post(String path, String body) {
    var response = http().post(path, body);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return Json.object(response.body());
  }

  private String quoted(String name) {
    return "\"" + Json.base64(key(name)) + "\"";
  }

  // 1.2.2 output: proto names, 64 bit numbers as strings, base64 bytes, zeroes left out.
  @Test
  void numbersAreStringsAndZeroesAreAbsent() {
    long revision = etcd.put(key("a"), "value");
    var range = post("/v3/kv/range", "{\"key\":" + quoted("a") + "}");
    assertThat(range.keySet()).containsExactlyInAnyOrder("header", "kvs", "count");
    assertThat(range.get("count").toString()).isEqualTo("\"1\"");
    var header = range.getAsJsonObject("header");
    assertThat(header.keySet())
        .containsExactlyInAnyOrder("cluster_id", "member_id", "revision", "raft_term");
    assertThat(header.get("revision").toString()).isEqualTo("\"" + revision + "\"");
    assertThat(header.get("member_id").getAsString())
        .isEqualTo(Long.toUnsignedString(etcd.status().getHeader().getMemberId()));
    var pair = range.getAsJsonArray("kvs").get(0).getAsJsonObject();
    assertThat(pair.keySet())
        .containsExactlyInAnyOrder("key", "create_revision", "mod_revision", "version", "value");
    assertThat(pair.get("key").getAsString()).isEqualTo(Json.base64(key("a")));
    assertThat(pair.get("value").getAsString()).isEqualTo(Json.base64("value"));
    assertThat(pair.get("version").toString()).isEqualTo("\"1\"");
    var nothing = post("/v3/kv/range", "{\"key\":" + quoted("absent") + "}");
    assertThat(nothing.keySet()).containsExactly("header");
    assertThat(post("/v3/kv/deleterange", "{\"key\":" + quoted("absent") + "}").keySet())
        .containsExactly("header");
  }

  // 1.2.2: mixed case names as the proto spells them; a 32 bit number stays a number.
  @Test
  void namesAreThoseOfTheProto() {
    var status = post("/v3/maintenance/status", "{}");
    assertThat(status.keySet())
        .contains(
            "version",
            "dbSize",
            "leader",
            "raftIndex",
            "raftTerm",
            "raftAppliedIndex",
            "dbSizeInUse")
        .doesNotContain("isLearner", "errors");
    var grant = post("/v3/lease/grant", "{\"TTL\":\"60\"}");
    long id = grant.get("ID").getAsLong();
    assertThat(grant.get("TTL").toString()).isEqualTo("\"60\"");
    var left = post("/v3/lease/timetolive", "{\"ID\":" + id + ",\"keys\":true}");
    assertThat(left.keySet()).containsExactlyInAnyOrder("header", "ID", "TTL", "grantedTTL");
    var listed = post("/v3/lease/leases", "{}");
    assertThat(listed.getAsJsonArray("leases").toString()).contains("{\"ID\":\"" + id + "\"}");
    post("/v3/lease/revoke", "{\"ID\":\"" + id + "\"}");
    assertThat(post("/v3/lease/timetolive", "{\"ID\":" + id + "}").get("TTL").toString())
        .isEqualTo("\"-1\"");
    var hash = post("/v3/maintenance/hash", "{}").getAsJsonPrimitive("hash");
    assertThat(hash.isNumber()).isTrue();
    var members = post("/v3/cluster/member/list", "{}");
    assertThat(members.getAsJsonObject("header").has("revision")).isFalse();
    assertThat(members.getAsJsonArray("members").get(0).getAsJsonObject().keySet())
        .containsExactlyInAnyOrder("ID", "name", "peerURLs", "clientURLs");
  }

  // 1.2.1 and 2.1.1: replies without header are empty objects.
  @Test
  void anEmptyReplyIsAnEmptyObject() {
    assertThat(post("/v3/maintenance/defragment", "{}").size()).isZero();
    assumeOneMember("a member that does not lead refuses");
    long self = etcd.status().getLeader();
    assertThat(
            post(
                    "/v3/maintenance/transfer-leadership",
                    "{\"targetID\":\"" + Long.toUnsignedString(self) + "\"}")
                .size())
        .isZero();
  }

  // 1.2.2 field names in input.
  @Test
  void bothSpellingsOfNamesAreRead() {
    etcd.put(key("a"), "1");
    etcd.put(key("b"), "1");
    var end = "\"" + Json.base64(Requests.prefixEnd(key(""))) + "\"";
    for (var body :
        new String[] {
          "{\"key\":" + quoted("a") + ",\"range_end\":" + end + ",\"count_only\":true}",
          "{\"key\":" + quoted("a") + ",\"rangeEnd\":" + end + ",\"countOnly\":true}"
        }) {
      var range = post("/v3/kv/range", body);
      assertThat(range.get("count").getAsString()).isEqualTo("2");
      assertThat(range.has("kvs")).isFalse();
    }
  }

  // 1.2.2 input: numbers or strings, null, unknown fields; assertion 75.
  @Test
  void inputIsReadGenerously() {
    etcd.put(key("a"), "1");
    etcd.put(key("b"), "1");
    var end = "\"" + Json.base64(Requests.prefixEnd(key(""))) + "\"";
    var interval = "\"key\":" + quoted("") + ",\"range_end\":" + end;
    for (var limit : new String[] {"1", "\"1\"", "1.0"}) {
      if (limit.equals("1.0") && !server.dialect().atLeast(Dialect.V3_5)) {
        continue;
      }
      var range = post("/v3/kv/range", "{" + interval + ",\"limit\":" + limit + "}");
      assertThat(range.getAsJsonArray("kvs").size()).isEqualTo(1);
      assertThat(range.get("more").toString()).isEqualTo("true");
    }
    var odd =
        post("/v3/kv/range", " {\n" + interval + ", \"limit\":null, \"nope\":[1,{\"a\":null}]}\n");
    assertThat(odd.get("count").getAsString()).isEqualTo("2");
  }

  // Assertion 75: URL-safe and unpadded base64.
  @Since(value = Dialect.V3_5, because = "the older gateway generation reads strict base64 only")
  @Test
  void anyAlphabetOfBase64IsRead() {
    var odd = key("").concat(ByteString.copyFrom(new byte[] {(byte) 0xfb, (byte) 0xff}));
    etcd.put(odd, "1");
    var standard = Json.base64(odd);
    var bare = standard.replace("=", "");
    var safe = standard.replace('+', '-').replace('/', '_');
    for (var key : new String[] {standard, bare, safe, safe.replace("=", "")}) {
      var range = post("/v3/kv/range", "{\"key\":\"" + key + "\"}");
      assertThat(range.get("count").getAsString()).as(key).isEqualTo("1");
    }
  }

  // 1.2.2 enums: names or numbers.
  @Test
  void enumsAreNamesOrNumbers() {
    for (var name : new String[] {"b", "a", "c"}) {
      etcd.put(key(name), "1");
    }
    var end = "\"" + Json.base64(Requests.prefixEnd(key(""))) + "\"";
    for (var order : new String[] {"\"DESCEND\"", "2"}) {
      var range =
          post(
              "/v3/kv/range",
              "{\"key\":"
                  + quoted("")
                  + ",\"range_end\":"
                  + end
                  + ",\"sort_order\":"
                  + order
                  + ",\"sort_target\":\"MOD\"}");
      var first = range.getAsJsonArray("kvs").get(0).getAsJsonObject();
      assertThat(first.get("key").getAsString()).isEqualTo(Json.base64(key("c")));
    }
  }

  // Assertion 75: an unknown name is dropped.
  @Since(value = Dialect.V3_5, because = "the older gateway generation refuses unknown names")
  @Test
  void anUnknownEnumNameIsDropped() {
    etcd.put(key("a"), "1");
    var range = post("/v3/kv/range", "{\"key\":" + quoted("a") + ",\"sort_order\":\"BOGUS\"}");
    assertThat(range.get("count").getAsString()).isEqualTo("1");
  }

  // 1.2.2: oneofs and nesting, as Patroni and curl users write transactions.
  @Test
  void transactionsAreSpelledOut() {
    long revision = etcd.put(key("a"), "1");
    var body =
        "{\"compare\":[{\"key\":"
            + quoted("a")
            + ",\"result\":\"EQUAL\",\"target\":\"MOD\",\"mod_revision\":\""
            + revision
            + "\"}],"
            + "\"success\":[{\"request_put\":{\"key\":"
            + quoted("a")
            + ",\"value\":\"Mg==\"}},"
            + "{\"requestRange\":{\"key\":"
            + quoted("a")
            + "}},"
            + "{\"request_txn\":{\"success\":[{\"request_range\":{\"key\":"
            + quoted("b")
            + "}}]}}]}";
    var txn = post("/v3/kv/txn", body);
    assertThat(txn.get("succeeded").toString()).isEqualTo("true");
    var responses = txn.getAsJsonArray("responses");
    assertThat(responses.get(0).getAsJsonObject().keySet()).containsExactly("response_put");
    var range = responses.get(1).getAsJsonObject().getAsJsonObject("response_range");
    assertThat(range.getAsJsonArray("kvs").get(0).getAsJsonObject().get("value").getAsString())
        .isEqualTo("Mg==");
    // A sub-message that is set and empty is an empty object.
    var nested = responses.get(2).getAsJsonObject().getAsJsonObject("response_txn");
    assertThat(nested.getAsJsonObject("header").size()).isZero();
    var failed = post("/v3/kv/txn", body);
    assertThat(failed.keySet()).containsExactly("header");
  }

  // 1.2.2: enum output, and an alarm there and back.
  @OwnServer
  @Test
  void enumsComeOutAsNames() {
    var on =
        post(
            "/v3/maintenance/alarm",
            "{\"action\":\"ACTIVATE\",\"memberID\":7,\"alarm\":\"NOSPACE\"}");
    assertThat(on.getAsJsonArray("alarms").toString())
        .isEqualTo("[{\"memberID\":\"7\",\"alarm\":\"NOSPACE\"}]");
    post("/v3/maintenance/alarm", "{\"action\":2,\"memberID\":\"7\",\"alarm\":1}");
    assertThat(post("/v3/maintenance/alarm", "{}").has("alarms")).isFalse();
  }

  // 1.2.2 compaction by JSON, and the future error of the same path.
  @Test
  void compactionHasAPath() {
    long revision = etcd.put(key("a"), "1");
    assertThat(post("/v3/kv/compaction", "{\"revision\":\"" + revision + "\"}").keySet())
        .containsExactly("header");
    assertThat(http().post("/v3/kv/compaction", "{\"revision\":\"" + revision + "\"}").statusCode())
        .isEqualTo(400);
  }

  // 1.2.2 hashes as numbers in and out.
  @Since(value = Dialect.V3_5, because = "the path does not exist")
  @Test
  void hashKvTakesARevision() {
    long revision = etcd.put(key("a"), "1");
    var hash = post("/v3/maintenance/hashkv", "{\"revision\":\"" + revision + "\"}");
    assertThat(hash.get("hash").getAsJsonPrimitive().isNumber()).isTrue();
    assertThat(hash.get("compact_revision").getAsJsonPrimitive().isString()).isTrue();
  }
}
