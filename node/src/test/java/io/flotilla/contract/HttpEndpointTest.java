package io.flotilla.contract;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// 3.3 on the client port while all is well; `AlarmTest` has the failures.
class HttpEndpointTest extends ContractTest {

  // Assertion 79.
  @Test
  void healthIsJsonWithoutNewline() {
    var response = http().get("/health");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body())
        .isEqualTo(
            server.dialect().atLeast(Dialect.V3_5)
                ? "{\"health\":\"true\",\"reason\":\"\"}"
                : "{\"health\":\"true\"}");
    assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
    assertThat(http().get("/health?serializable=true").statusCode()).isEqualTo(200);
    assertThat(http().get("/health?exclude=NOSPACE&exclude=CORRUPT").statusCode()).isEqualTo(200);
  }

  // 3.3 /livez, /readyz and their checks.
  @Since(value = Dialect.V3_5, because = "there is no /livez and /readyz")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/livez",
        "/readyz",
        "/livez/serializable_read",
        "/readyz/data_corruption",
        "/readyz/serializable_read",
        "/readyz/linearizable_read",
        "/readyz/non_learner",
        "/readyz?exclude=linearizable_read&exclude=nope"
      })
  void checksAnswerOk(String path) {
    var response = http().get(path);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo("ok\n");
    assertThat(response.headers().firstValue("Content-Type")).hasValue("text/plain; charset=utf-8");
    assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
  }

  // 3.3 unknown checks.
  @Since(value = Dialect.V3_5, because = "there is no /livez and /readyz")
  @ParameterizedTest
  @ValueSource(strings = {"/livez/nope", "/readyz/nope", "/livez/linearizable_read"})
  void unknownChecksAreNotFound(String path) {
    assertThat(http().get(path).statusCode()).isEqualTo(404);
  }

  // 3.3 verbose.
  @Since(value = Dialect.V3_5, because = "there is no /livez and /readyz")
  @Test
  void verboseNamesEachCheck() {
    var live = http().get("/livez?verbose");
    assertThat(live.body()).isEqualTo("[+]serializable_read ok\nok\n");
    var ready = http().get("/readyz?verbose");
    assertThat(ready.body().lines())
        .containsExactlyInAnyOrder(
            "[+]data_corruption ok",
            "[+]serializable_read ok",
            "[+]linearizable_read ok",
            "[+]non_learner ok",
            "ok");
    assertThat(ready.body()).endsWith("\nok\n");
    var some = http().get("/readyz?verbose&exclude=non_learner&exclude=data_corruption");
    assertThat(some.body().lines())
        .containsExactlyInAnyOrder("[+]serializable_read ok", "[+]linearizable_read ok", "ok");
  }

  // 3.3 /version; Patroni wants dotted integers (2.15).
  @Test
  void versionsAreDottedIntegers() {
    var response = http().get("/version");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
    var version = Json.object(response.body());
    assertThat(version.get("etcdserver").getAsString())
        .matches("\\d+\\.\\d+\\.\\d+")
        .isEqualTo(etcd.status().getVersion());
    assertThat(version.get("etcdcluster").getAsString()).matches("\\d+\\.\\d+\\.0");
  }

  // 3.3 /version on the newest servers.
  @Since(value = Dialect.V3_6, because = "the storage version is not shown")
  @Test
  void theStorageVersionIsShown() {
    var version = Json.object(http().get("/version").body());
    assertThat(version.get("storage").getAsString()).matches("\\d+\\.\\d+\\.0");
  }

  // 3.3 other methods; /metrics and /debug answer any method.
  @ParameterizedTest
  @CsvSource({"/health,POST", "/health,PUT", "/health,HEAD", "/version,DELETE", "/version,POST"})
  void getOnlyPathsRefuseOtherMethods(String path, String verb) {
    var response = http().send(verb, path, "");
    assertThat(response.statusCode()).isEqualTo(405);
    assertThat(response.headers().firstValue("Allow")).hasValue("GET");
    assertThat(response.body()).isEqualTo(verb.equals("HEAD") ? "" : "Method Not Allowed\n");
  }

  // 3.3 other methods of the checks.
  @Since(value = Dialect.V3_5, because = "there is no /livez and /readyz")
  @ParameterizedTest
  @ValueSource(strings = {"/livez", "/readyz", "/livez/serializable_read"})
  void checksRefuseOtherMethods(String path) {
    var response = http().send("POST", path, "");
    assertThat(response.statusCode()).isEqualTo(405);
    assertThat(response.headers().firstValue("Allow")).hasValue("GET");
  }
}
