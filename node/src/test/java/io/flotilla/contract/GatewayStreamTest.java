package io.flotilla.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.junit.jupiter.api.Test;

/// 1.2.2 and 1.2.3 for streams over HTTP; assertions 76 and 77.
class GatewayStreamTest extends ContractTest {

  private static JsonObject result(HttpLines lines) {
    var line = Json.object(lines.next());
    assertThat(line.keySet()).containsExactly("result");
    return line.getAsJsonObject("result");
  }

  private String create(String name, String more) {
    return "{\"create_request\":{\"key\":\"" + Json.base64(key(name)) + "\"" + more + "}}";
  }

  // Assertion 76.
  @Test
  void watchTakesSeveralRequestsInOneBody() {
    long start = etcd.put(key("a"), "0");
    var body =
        create("a", ",\"start_revision\":\"" + start + "\"")
            + " \n"
            + create("b", "")
            + create("c", ",\"watch_id\":9");
    try (var lines = http().stream("/v3/watch", body)) {
      assertThat(lines.status()).isEqualTo(200);
      var headers = lines.response().headers();
      assertThat(headers.firstValue("Content-Type")).hasValue("application/json");
      var seen = new java.util.ArrayList<String>();
      int events = 0;
      while (seen.size() < 3 || events < 1) {
        var result = result(lines);
        if (result.has("created")) {
          assertThat(result.get("created").toString()).isEqualTo("true");
          seen.add(result.has("watch_id") ? result.get("watch_id").getAsString() : "absent");
        } else {
          events++;
        }
      }
      assertThat(seen).containsExactly("absent", "1", "9");
      etcd.put(key("b"), "1");
      var result = result(lines);
      assertThat(result.get("watch_id").getAsString()).isEqualTo("1");
      var event = result.getAsJsonArray("events").get(0).getAsJsonObject();
      assertThat(event.has("type")).as("PUT is the default").isFalse();
      assertThat(event.getAsJsonObject("kv").get("value").getAsString())
          .isEqualTo(Json.base64("1"));
      long deleted = etcd.delete(key("b"));
      var gone = result(lines).getAsJsonArray("events").get(0).getAsJsonObject();
      assertThat(gone.get("type").getAsString()).isEqualTo("DELETE");
      assertThat(gone.getAsJsonObject("kv").keySet())
          .containsExactlyInAnyOrder("key", "mod_revision");
      assertThat(gone.getAsJsonObject("kv").get("mod_revision").getAsString())
          .isEqualTo(Long.toString(deleted));
    }
  }

  // 1.2.2 and 2.8.1: a refused create is a result, not an error.
  @Test
  void aCompactedWatchIsAResult() {
    long first = etcd.put(key("a"), "1");
    long second = etcd.put(key("a"), "2");
    etcd.compact(second);
    var body = create("a", ",\"start_revision\":" + first);
    try (var lines = http().stream("/v3/watch", body)) {
      assertThat(result(lines).get("created").getAsBoolean()).isTrue();
      var canceled = result(lines);
      assertThat(canceled.get("canceled").getAsBoolean()).isTrue();
      assertThat(canceled.get("compact_revision").getAsString()).isEqualTo(Long.toString(second));
      assertThat(canceled.getAsJsonObject("header").has("revision")).isFalse();
    }
  }

  // 1.2.2: many events stay one line per message.
  @Test
  void eachMessageIsOneLine() {
    try (var lines = http().stream("/v3/watch", create("a", ""))) {
      result(lines);
      for (int i = 0; i < 100; i++) {
        etcd.put(key("a"), "line\nbreak " + i);
      }
      int events = 0;
      while (events < 100) {
        events += result(lines).getAsJsonArray("events").size();
      }
      assertThat(events).isEqualTo(100);
    }
  }

  // Assertion 77.
  @Test
  void keepAliveAnswersEachRequestAndEnds() {
    long lease = etcd.grant(60);
    var body = "{\"ID\":\"" + lease + "\"}";
    try (var lines = http().stream("/v3/lease/keepalive", body)) {
      var kept = result(lines);
      assertThat(kept.get("ID").getAsString()).isEqualTo(Long.toString(lease));
      assertThat(kept.get("TTL").toString()).isEqualTo("\"60\"");
      lines.expectEnd();
    }
    try (var lines = http().stream("/v3/lease/keepalive", body + "{\"ID\":5}" + body)) {
      assertThat(result(lines).has("TTL")).isTrue();
      assertThat(result(lines).has("TTL")).as("an unknown lease has no TTL field").isFalse();
      assertThat(result(lines).has("TTL")).isTrue();
      lines.expectEnd();
    }
    etcd.revoke(lease);
  }

  // 2.11 snapshot over HTTP: the same framing in base64.
  @Test
  void aSnapshotStreamsAsLines() throws NoSuchAlgorithmException {
    etcd.put(key("a"), "v".repeat(100_000));
    var data = new ByteArrayOutputStream();
    try (var lines = http().stream("/v3/maintenance/snapshot", "{}")) {
      ByteString blob = ByteString.EMPTY;
      boolean last = false;
      while (!last) {
        data.writeBytes(blob.toByteArray());
        var result = result(lines);
        blob = ByteString.copyFrom(Base64.getDecoder().decode(result.get("blob").getAsString()));
        last = blob.size() == 32 && !result.has("remaining_bytes");
      }
      assertThat(data.size() % 512).isZero();
      assertThat(blob.toByteArray())
          .isEqualTo(MessageDigest.getInstance("SHA-256").digest(data.toByteArray()));
      lines.expectEnd();
    }
  }
}
