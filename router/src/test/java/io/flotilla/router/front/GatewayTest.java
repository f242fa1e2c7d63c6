package io.flotilla.router.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.Rejection;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.front.rpc.StreamSession;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Contract 1.2, row by row.
class GatewayTest {
  private FrontFixture front;

  @BeforeEach
  void start() {
    front = new FrontFixture();
  }

  @AfterEach
  void stop() {
    front.close();
  }

  private PutRequest lastPut() {
    return front.cluster.commands.getLast().getPut();
  }

  @Test
  void putAndRangeSpeakJson() {
    var put = front.post("/v3/kv/put", "{\"key\":\"Zm9v\",\"value\":\"YmFy\"}");
    assertThat(put.statusCode()).isEqualTo(200);
    assertThat(put.headers().firstValue("content-type")).hasValue("application/json");
    assertThat(put.headers().firstValue("grpc-metadata-content-type")).hasValue("application/grpc");
    assertThat(put.headers().firstValue("content-length")).isPresent();
    assertThat(put.body())
        .isEqualTo(
            "{\"header\":{\"cluster_id\":\"14841639068965178418\","
                + "\"member_id\":\"10276657743932975437\","
                + "\"revision\":\"2\",\"raft_term\":\"2\"}}");

    var range = front.post("/v3/kv/range", "{\"key\":\"Zm9v\"}");
    assertThat(range.body())
        .endsWith(
            "\"kvs\":[{\"key\":\"Zm9v\",\"create_revision\":\"2\",\"mod_revision\":\"2\","
                + "\"version\":\"1\",\"value\":\"YmFy\"}],\"count\":\"1\"}");
  }

  @Test
  void oldPrefixWorksAndOlderDoesNot() {
    assertThat(front.post("/v3beta/kv/range", "{\"key\":\"Zm9v\"}").statusCode()).isEqualTo(200);
    var alpha = front.post("/v3alpha/kv/range", "{\"key\":\"Zm9v\"}");
    assertThat(alpha.statusCode()).isEqualTo(404);
    assertThat(alpha.body()).isEqualTo("404 page not found\n");
  }

  @Test
  void additionalPathsOfLeaseCallsWork() {
    assertThat(front.post("/v3/lease/grant", "{\"TTL\":10,\"ID\":\"7\"}").body())
        .endsWith("\"ID\":\"7\",\"TTL\":\"10\"}");
    assertThat(front.post("/v3/kv/lease/timetolive", "{\"ID\":7}").body())
        .endsWith("\"ID\":\"7\",\"TTL\":\"9\",\"grantedTTL\":\"10\"}");
    assertThat(front.post("/v3/kv/lease/revoke", "{\"ID\":7}").statusCode()).isEqualTo(200);
    var again = front.post("/v3/lease/revoke", "{\"ID\":7}");
    assertThat(again.statusCode()).isEqualTo(404);
    assertThat(again.body())
        .isEqualTo("{\"code\":5,\"message\":\"etcdserver: requested lease not found\"}");
  }

  @Test
  void wrongVerbsAndPathsAreRefusedAsEtcdDoes() {
    for (String verb : List.of("GET", "PUT", "DELETE")) {
      var wrong = front.send(verb, "/v3/kv/range", "");
      assertThat(wrong.statusCode()).isEqualTo(501);
      assertThat(wrong.body()).isEqualTo("{\"code\":12,\"message\":\"Method Not Allowed\"}");
    }
    assertThat(front.send("HEAD", "/v3/kv/range", "").statusCode()).isEqualTo(501);
    for (String path : List.of("/v3/kv/range/", "/v3/nothing", "/v3/auth/nothing")) {
      var unknown = front.post(path, "{}");
      assertThat(unknown.statusCode()).isEqualTo(404);
      assertThat(unknown.body()).isEqualTo("{\"code\":5,\"message\":\"Not Found\"}");
    }
    for (String path : List.of("/", "/v2/keys", "/v3")) {
      var other = front.get(path);
      assertThat(other.statusCode()).as(path).isEqualTo(404);
      assertThat(other.body()).isEqualTo("404 page not found\n");
    }
  }

  @Test
  void optionsIsAnsweredEverywhereWithCors() {
    for (String path : List.of("/v3/kv/range", "/anything")) {
      var options = front.send("OPTIONS", path, "");
      assertThat(options.statusCode()).isEqualTo(200);
      assertThat(options.body()).isEmpty();
      assertThat(options.headers().firstValue("access-control-allow-origin")).hasValue("*");
      assertThat(options.headers().firstValue("access-control-allow-methods"))
          .hasValue("POST, GET, OPTIONS, PUT, DELETE");
      assertThat(options.headers().firstValue("access-control-allow-headers"))
          .hasValue("accept, content-type, authorization");
    }
    assertThat(front.get("/health").headers().firstValue("access-control-allow-origin"))
        .hasValue("*");
  }

  @Test
  void onlyListedOriginsAndHostsAreServed() {
    try (var strict =
        new FrontFixture(
            Set.of("http://good.example"), Set.of("db.example"), FrontFixture.LIMITS, 1)) {
      var wrongHost = strict.get("/health");
      assertThat(wrongHost.statusCode()).isEqualTo(421);
      assertThat(wrongHost.body()).contains("127.0.0.1");
    }
    try (var strict =
        new FrontFixture(
            Set.of("http://good.example"), Set.of("127.0.0.1"), FrontFixture.LIMITS, 1)) {
      var good = strict.post("/v3/kv/range", "{\"key\":\"YQ==\"}", "Origin", "http://good.example");
      assertThat(good.headers().firstValue("access-control-allow-origin"))
          .hasValue("http://good.example");
      var bad = strict.post("/v3/kv/range", "{\"key\":\"YQ==\"}", "Origin", "http://bad.example");
      assertThat(bad.headers().firstValue("access-control-allow-origin")).isEmpty();
    }
  }

  @Test
  void bothSpellingsOfFieldsAndOfNumbersAreRead() {
    front.post("/v3/kv/put", "{\"key\":\"YQ==\",\"prev_kv\":true,\"lease\":\"5\"}");
    assertThat(lastPut().getPrevKv()).isTrue();
    assertThat(lastPut().getLease()).isEqualTo(5);
    front.post("/v3/kv/put", "{\"key\":\"YQ==\",\"prevKv\":true,\"lease\":6.0}");
    assertThat(lastPut().getPrevKv()).isTrue();
    assertThat(lastPut().getLease()).isEqualTo(6);
    front.post("/v3/kv/put", "{\"key\":\"YQ==\",\"lease\":1e1}");
    assertThat(lastPut().getLease()).isEqualTo(10);
    front.post("/v3/kv/put", "{\"key\":\"YQ==\",\"lease\":-9223372036854775808}");
    assertThat(lastPut().getLease()).isEqualTo(Long.MIN_VALUE);
  }

  @Test
  void base64OfEitherAlphabetPaddedOrNotIsRead() {
    var key = ByteString.copyFrom(new byte[] {(byte) 0xfb, (byte) 0xff, 0x61, 0x62});
    for (String text : List.of("+/9hYg==", "+/9hYg", "-_9hYg==", "-_9hYg")) {
      front.post("/v3/kv/put", "{\"key\":\"" + text + "\"}");
      assertThat(lastPut().getKey()).as(text).isEqualTo(key);
    }
  }

  @Test
  void unknownFieldsUnknownEnumNamesAndNullsAreSkipped() {
    var range =
        front.post(
            "/v3/kv/range",
            "{\"key\":\"YQ==\",\"nope\":{\"a\":[1,2]},\"sort_order\":\"BOGUS\",\"limit\":null}");
    assertThat(range.statusCode()).isEqualTo(200);
    assertThat(
            front
                .post("/v3/kv/range", "{\"key\":\"YQ==\",\"sort_order\":\"DESCEND\"}")
                .statusCode())
        .isEqualTo(200);
    assertThat(front.post("/v3/kv/range", "{\"key\":\"YQ==\",\"sort_order\":77}").body())
        .isEqualTo("{\"code\":3,\"message\":\"etcdserver: invalid sort option\"}");
  }

  @Test
  void whatHasTheWrongTypeIsRefused() {
    for (String body :
        List.of(
            "{\"key\":\"YQ==\",\"limit\":\"abc\"}",
            "{\"key\":\"YQ==\",\"limit\":1.5}",
            "{\"key\":\"YQ==\",\"limit\":\"\"}",
            "{\"key\":\"YQ==\",\"limit\":99999999999999999999}",
            "{\"key\":\"YQ==\",\"limit\":1e999999999}",
            "{\"key\":\"YQ==\",\"limit\":true}",
            "{\"key\":\"$$$\"}",
            "{\"key\":7}",
            "{\"key\":\"YQ==\",\"serializable\":\"true\"}",
            "{\"key\":\"YQ==\",\"serializable\":1}",
            "{\"key\":\"YQ==\",\"key\":\"YQ==\"}",
            "{\"key\":\"YQ==\"",
            "{\"key\":}",
            "[]",
            "nothing")) {
      var refused = front.post("/v3/kv/range", body);
      assertThat(refused.statusCode()).as(body).isEqualTo(400);
      assertThat(refused.body()).as(body).startsWith("{\"code\":3,\"message\":\"");
    }
    assertThat(front.cluster.reads).isEmpty();
  }

  @Test
  void emptyBodiesAreEmptyRequestsAndWhatFollowsTheFirstIsIgnored() {
    assertThat(front.post("/v3/maintenance/status", "").statusCode()).isEqualTo(200);
    assertThat(front.post("/v3/kv/range", " {\"key\":\"YQ==\"} trailing {").statusCode())
        .isEqualTo(200);
  }

  @Test
  void nestedTxnsAreRead() {
    front.post(
        "/v3/kv/txn",
        "{\"compare\":[{\"key\":\"YQ==\",\"target\":\"VALUE\",\"value\":\"MQ==\"}],"
            + "\"success\":[{\"requestPut\":{\"key\":\"YQ==\",\"value\":\"Mg==\"}}],"
            + "\"failure\":[{\"request_txn\":"
            + "{\"success\":[{\"request_range\":{\"key\":\"YQ==\"}}]}}]}");
    var txn = front.cluster.commands.getLast().getTxn();
    assertThat(txn.getCompare(0).getValue()).isEqualTo(ByteString.copyFromUtf8("1"));
    assertThat(txn.getSuccess(0).getRequestPut().getValue())
        .isEqualTo(ByteString.copyFromUtf8("2"));
    assertThat(txn.getFailure(0).getRequestTxn().getSuccess(0).getRequestRange())
        .isEqualTo(RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("a")).build());
  }

  @Test
  void metadataAndTimeoutsComeInHeaders() {
    front.cluster.leader = 0;
    var led = front.post("/v3/kv/range", "{\"key\":\"YQ==\"}", "Grpc-Metadata-hasleader", "true");
    assertThat(led.statusCode()).isEqualTo(503);
    assertThat(led.body()).isEqualTo("{\"code\":14,\"message\":\"etcdserver: no leader\"}");

    front.cluster.hold = Promise.promise();
    var late = front.post("/v3/kv/range", "{\"key\":\"YQ==\"}", "Grpc-Timeout", "50m");
    assertThat(late.statusCode()).isEqualTo(504);
    assertThat(late.body()).isEqualTo("{\"code\":4,\"message\":\"context deadline exceeded\"}");
    front.cluster.hold = null;
    var over = front.post("/v3/kv/range", "{\"key\":\"YQ==\"}", "Grpc-Timeout", "1n");
    assertThat(over.statusCode()).isEqualTo(504);
  }

  @Test
  void errorsMapToTheirHttpStatus() {
    front.cluster.rejectReads = new Rejection.Compacted(3);
    assertThat(front.post("/v3/kv/range", "{\"key\":\"YQ==\"}").statusCode()).isEqualTo(400);
    front.cluster.rejectReads = null;
    front.cluster.failReads = ApiError.INVALID_AUTH_TOKEN.asException();
    var unauthenticated = front.post("/v3/kv/range", "{\"key\":\"YQ==\"}");
    assertThat(unauthenticated.statusCode()).isEqualTo(401);
    assertThat(unauthenticated.headers().firstValue("www-authenticate"))
        .hasValue("etcdserver: invalid auth token");
    front.cluster.failReads = ApiError.DENIED.asException();
    assertThat(front.post("/v3/kv/range", "{\"key\":\"YQ==\"}").statusCode()).isEqualTo(403);
    front.cluster.failReads = ApiError.NO_SPACE.asException();
    assertThat(front.post("/v3/kv/range", "{\"key\":\"YQ==\"}").statusCode()).isEqualTo(429);
    front.cluster.failReads = ApiError.CORRUPT.asException();
    assertThat(front.post("/v3/kv/range", "{\"key\":\"YQ==\"}").statusCode()).isEqualTo(500);
  }

  @Test
  void bodiesAreBounded() {
    var huge = "{\"key\":\"YQ==\",\"value\":\"" + "A".repeat(5_000_000) + "\"}";
    var refused = front.post("/v3/kv/put", huge);
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.body()).contains("grpc: received message larger than max (");
    assertThat(front.cluster.commands).isEmpty();
  }

  @Test
  void renewalsOverHttpAnswerAndEnd() {
    front.post("/v3/lease/grant", "{\"TTL\":10,\"ID\":7}");
    var renewed = front.post("/v3/lease/keepalive", "{\"ID\":7}{\"ID\":8} {\"ID\":\"7\"}");
    assertThat(renewed.statusCode()).isEqualTo(200);
    var lines = renewed.body().split("\n");
    assertThat(lines).hasSize(3);
    assertThat(lines[0])
        .startsWith("{\"result\":{\"header\":{")
        .endsWith("\"ID\":\"7\",\"TTL\":\"10\"}}");
    assertThat(lines[1]).as("TTL 0 is left out").endsWith("\"ID\":\"8\"}}");
    assertThat(lines[2]).endsWith("\"ID\":\"7\",\"TTL\":\"10\"}}");
  }

  @Test
  void streamErrorsHaveTheirOwnForm() {
    front.cluster.leader = 0;
    var refused =
        front.post("/v3/watch", "{\"create_request\":{}}", "Grpc-Metadata-hasleader", "true");
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.body())
        .isEqualTo("{\"error\":{\"code\":14,\"message\":\"etcdserver: no leader\"}}\n");
  }

  @Test
  void watchesTakeSeveralRequestsAndAnswerInLines() {
    List<WatchRequest> requests = Collections.synchronizedList(new ArrayList<>());
    front.watch.handler =
        (_, sink) ->
            new StreamSession<>() {
              @Override
              public void onRequest(WatchRequest request) {
                requests.add(request);
                sink.send(WatchResponse.newBuilder().setCreated(true).build());
              }

              @Override
              public void onHalfClose() {
                sink.fail(ApiError.WATCH_CANCELED.status());
              }

              @Override
              public void onClosed() {}
            };
    var answer =
        front.post(
            "/v3/watch",
            "{\"create_request\":{\"key\":\"YQ==\",\"filters\":[\"NOPUT\",\"BOGUS\",1]}}\n"
                + "{\"create_request\":{\"key\":\"Yg==\",\"startRevision\":3}}");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .isEqualTo(
            "{\"result\":{\"created\":true}}\n"
                + "{\"result\":{\"created\":true}}\n"
                + "{\"error\":{\"code\":1,\"message\":\"etcdserver: watch canceled\"}}\n");
    assertThat(requests.getFirst().getCreateRequest().getFiltersValueList()).containsExactly(0, 1);
    assertThat(requests.get(1).getCreateRequest().getStartRevision()).isEqualTo(3);
  }

  @Test
  void snapshotsAreLinesToo() {
    front.cluster.backupBytes = new byte[512];
    var lines = front.post("/v3/maintenance/snapshot", "").body().split("\n");
    assertThat(lines).hasSize(2);
    assertThat(lines[0]).startsWith("{\"result\":{\"blob\":\"AAAA");
  }
}
