package io.flotilla.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.grpc.Status.Code;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// 1.2.1 and 1.2.3: routing and errors of the JSON gateway; assertion 78.
class GatewayTest extends ContractTest {
  private static final String OLD = "the older gateway generation words errors differently";

  private String rangeBody() {
    return "{\"key\":\"" + Json.base64(key("a")) + "\"}";
  }

  private static void assertError(
      HttpResponse<String> response, int status, Code code, String message) {
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
    var error = Json.object(response.body());
    assertThat(error.get("code").getAsInt()).isEqualTo(code.value());
    assertThat(error.get("message").getAsString()).isEqualTo(message);
    // The older generation's extra key is allowed and says the same.
    if (error.has("error")) {
      assertThat(error.get("error").getAsString()).isEqualTo(message);
    }
  }

  // 1.2.1 wrong verb; assertion 78.
  @Since(value = Dialect.V3_5, because = OLD)
  @ParameterizedTest
  @ValueSource(strings = {"GET", "PUT", "DELETE"})
  void otherVerbsAreNotImplemented(String verb) {
    assertError(
        http().send(verb, "/v3/kv/range", ""), 501, Code.UNIMPLEMENTED, "Method Not Allowed");
  }

  // 1.2.1 wrong verb, without a body.
  @Since(value = Dialect.V3_5, because = OLD)
  @Test
  void headIsNotImplementedEither() {
    assertThat(http().send("HEAD", "/v3/kv/range", "").statusCode()).isEqualTo(501);
  }

  // 1.2.1 unknown paths; assertion 78.
  @Since(value = Dialect.V3_5, because = OLD)
  @ParameterizedTest
  @ValueSource(strings = {"/v3/nope", "/v3/kv/range/", "/v3/kv/rangestream", "/v3/"})
  void unknownGatewayPathsAreNotFound(String path) {
    assertError(http().post(path, rangeBody()), 404, Code.NOT_FOUND, "Not Found");
  }

  // 1.2.1 other unknown paths; assertion 78.
  @ParameterizedTest
  @ValueSource(strings = {"/", "/nope", "/v2/keys", "/v3alpha/kv/range", "/health/"})
  void otherPathsAreNotFoundAsText(String path) {
    var response = http().send(path.startsWith("/v3") ? "POST" : "GET", path, "");
    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.body()).isEqualTo("404 page not found\n");
  }

  // 1.2.1 prefixes; assertion 78.
  @ParameterizedTest
  @ValueSource(strings = {"/v3/kv/range", "/v3beta/kv/range"})
  void bothPrefixesWork(String path) {
    var response = http().post(path, rangeBody());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(Json.object(response.body()).has("header")).isTrue();
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
    assertThat(response.headers().firstValueAsLong("Content-Length")).isPresent();
  }

  // 1.1: every unary path of one node exists, second bindings included.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v3/kv/range",
        "/v3/kv/put",
        "/v3/kv/deleterange",
        "/v3/kv/txn",
        "/v3/lease/grant",
        "/v3/lease/revoke",
        "/v3/kv/lease/revoke",
        "/v3/lease/timetolive",
        "/v3/kv/lease/timetolive",
        "/v3/lease/leases",
        "/v3/kv/lease/leases",
        "/v3/cluster/member/list",
        "/v3/cluster/member/add",
        "/v3/cluster/member/remove",
        "/v3/cluster/member/update",
        "/v3/maintenance/alarm",
        "/v3/maintenance/status",
        "/v3/maintenance/defragment",
        "/v3/maintenance/hash",
        "/v3/maintenance/transfer-leadership"
      })
  void everyMethodHasAPath(String path) {
    var response = http().post(path, "{}");
    assertThat(response.body())
        .as("%s", response.statusCode())
        .doesNotContain("\"Not Found\"")
        .doesNotContain("Method Not Allowed");
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
  }

  // 1.2.1 OPTIONS and CORS.
  @ParameterizedTest
  @CsvSource({
    "OPTIONS,/v3/kv/range",
    "OPTIONS,/anything",
    "GET,/health",
    "GET,/nope",
    "POST,/v3/kv/range"
  })
  void everyReplyAllowsOtherOrigins(String verb, String path) {
    var response = http().send(verb, path, "", "Origin", "http://example.org");
    var headers = response.headers();
    assertThat(headers.firstValue("Access-Control-Allow-Methods"))
        .hasValue("POST, GET, OPTIONS, PUT, DELETE");
    assertThat(headers.firstValue("Access-Control-Allow-Origin").orElse(""))
        .isIn("*", "http://example.org");
    assertThat(headers.firstValue("Access-Control-Allow-Headers"))
        .hasValue("accept, content-type, authorization");
    if (verb.equals("OPTIONS")) {
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).isEmpty();
    }
  }

  // 1.2.1 request content type.
  @ParameterizedTest
  @ValueSource(strings = {"application/json", "text/plain", "application/x-www-form-urlencoded"})
  void theContentTypeDoesNotMatter(String type) {
    etcd.put(key("a"), "1");
    var response = http().send("POST", "/v3/kv/range", rangeBody(), "Content-Type", type);
    assertThat(Json.object(response.body()).get("count").getAsString()).isEqualTo("1");
  }

  // 1.2.1 no query parameters.
  @Test
  void queryParametersAreIgnored() {
    var response = http().post("/v3/kv/range?key=YQ==", "{}");
    assertError(response, 400, Code.INVALID_ARGUMENT, "etcdserver: key is not provided");
  }

  // 1.2.1 Grpc-Timeout.
  @Test
  void aTimeoutHeaderIsHonoured() {
    var late = http().send("POST", "/v3/kv/range", rangeBody(), "Grpc-Timeout", "1n");
    assertError(late, 504, Code.DEADLINE_EXCEEDED, "context deadline exceeded");
    var early = http().send("POST", "/v3/kv/range", rangeBody(), "Grpc-Timeout", "5S");
    assertThat(early.statusCode()).isEqualTo(200);
  }

  // 1.2.1 metadata headers.
  @Since(value = Dialect.V3_5, because = "tokens are checked while auth is off")
  @Test
  void metadataHeadersAreAccepted() {
    var response =
        http()
            .send(
                "POST",
                "/v3/kv/range",
                rangeBody(),
                "Grpc-Metadata-hasleader",
                "true",
                "Authorization",
                "ignored-while-auth-is-off");
    assertThat(response.statusCode()).isEqualTo(200);
  }

  // 1.2.3 code mapping: one call per code that one node can give.
  @Since(value = Dialect.V3_5, because = OLD)
  @Test
  void grpcCodesBecomeStatusCodes() {
    long revision = etcd.put(key("a"), "1");
    var name = Json.base64(key("a"));
    assertError(
        http().post("/v3/kv/put", "{}"),
        400,
        Code.INVALID_ARGUMENT,
        "etcdserver: key is not provided");
    assertError(
        http().post("/v3/kv/put", "{\"key\":\"" + name + "\",\"lease\":\"77\"}"),
        404,
        Code.NOT_FOUND,
        "etcdserver: requested lease not found");
    assertError(
        http().post("/v3/kv/range", "{\"key\":\"" + name + "\",\"revision\":" + revision + "9}"),
        400,
        Code.OUT_OF_RANGE,
        "etcdserver: mvcc: required revision is a future revision");
    long lease = etcd.grant(60);
    assertError(
        http().post("/v3/lease/grant", "{\"ID\":" + lease + ",\"TTL\":5}"),
        400,
        Code.FAILED_PRECONDITION,
        "etcdserver: lease already exists");
    etcd.revoke(lease);
  }

  // 1.2.3 code mapping: what only the last member refuses.
  @Since(value = Dialect.V3_5, because = OLD)
  @Test
  void anUnknownCodeIsAnInternalError() {
    assumeOneMember("one of several may be removed");
    long self = etcd.status().getLeader();
    assertError(
        http()
            .post("/v3/cluster/member/remove", "{\"ID\":\"" + Long.toUnsignedString(self) + "\"}"),
        500,
        Code.UNKNOWN,
        "etcdserver: re-configuration failed due to not enough started members");
  }

  // 1.2.3 malformed JSON.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"key\":\"YQ==\"",
        "[]",
        "nonsense",
        "{\"limit\":\"abc\"}",
        "{\"limit\":1.5}",
        "{\"key\":\"!!\"}",
        "{\"keys_only\":\"true\"}",
        "{\"key\":{}}"
      })
  void malformedJsonIsInvalid(String body) {
    var response = http().post("/v3/kv/range", body);
    assertThat(response.statusCode()).isEqualTo(400);
    JsonObject error = Json.object(response.body());
    assertThat(error.get("code").getAsInt()).isEqualTo(Code.INVALID_ARGUMENT.value());
    assertThat(error.get("message").getAsString()).isNotEmpty();
  }

  // 1.2.2 empty body.
  @Test
  void anEmptyBodyIsAnEmptyMessage() {
    assertError(
        http().post("/v3/kv/range", ""),
        400,
        Code.INVALID_ARGUMENT,
        "etcdserver: key is not provided");
    assertThat(http().post("/v3/maintenance/status", "").statusCode()).isEqualTo(200);
  }
}
