package io.flotilla.router.front;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Rejection;
import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.RangeRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Contract 3.3 and 4.1.
class MonitoringTest {
  private FrontFixture front;

  @BeforeEach
  void start() {
    front = new FrontFixture();
  }

  @AfterEach
  void stop() {
    front.close();
  }

  private void expect(String path, int status, String body) {
    HttpResponse<String> answer = front.get(path);
    assertThat(answer.body()).as(path).isEqualTo(body);
    assertThat(answer.statusCode()).as(path).isEqualTo(status);
  }

  private void alarm(AlarmType type) {
    front.cluster.alarms = List.of(AlarmMember.newBuilder().setMemberID(7).setAlarm(type).build());
  }

  @Test
  void healthyNodesSayExactlyThis() {
    expect("/health", 200, "{\"health\":\"true\",\"reason\":\"\"}");
    expect("/livez", 200, "ok\n");
    expect("/readyz", 200, "ok\n");
    expect(
        "/version",
        200,
        "{\"etcdserver\":\"3.7.1\",\"etcdcluster\":\"3.7.0\",\"storage\":\"3.7.0\"}");
    front.cluster.capable = false;
    expect(
        "/version",
        200,
        "{\"etcdserver\":\"3.7.1\",\"etcdcluster\":\"not_decided\",\"storage\":\"unknown\"}");
  }

  @Test
  void alarmsMakeHealthFailUnlessExcluded() {
    alarm(AlarmType.NOSPACE);
    expect("/health", 503, "{\"health\":\"false\",\"reason\":\"ALARM NOSPACE\"}\n");
    expect("/health?exclude=NOSPACE", 200, "{\"health\":\"true\",\"reason\":\"\"}");
    expect("/health?exclude=CORRUPT&exclude=NOSPACE", 200, "{\"health\":\"true\",\"reason\":\"\"}");
    expect("/readyz", 200, "ok\n");
    alarm(AlarmType.CORRUPT);
    expect(
        "/health?serializable=true", 503, "{\"health\":\"false\",\"reason\":\"ALARM CORRUPT\"}\n");
    expect("/livez", 200, "ok\n");
    expect(
        "/readyz/data_corruption", 503, "[-]data_corruption failed: alarm activated: CORRUPT\n\n");
  }

  @Test
  void healthNeedsALeaderAndARead() {
    front.cluster.leader = 0;
    expect("/health", 503, "{\"health\":\"false\",\"reason\":\"RAFT NO LEADER\"}\n");
    expect("/health?serializable=true", 200, "{\"health\":\"true\",\"reason\":\"\"}");
    front.cluster.leader = 1;
    front.cluster.rejectReads = new Rejection.TimedOut();
    expect(
        "/health",
        503,
        "{\"health\":\"false\",\"reason\":\"RANGE ERROR:etcdserver: request timed out\"}\n");
  }

  @Test
  void probesListTheirChecks() {
    assertThat(front.get("/readyz?verbose").body().lines().toList())
        .containsExactlyInAnyOrder(
            "[+]data_corruption ok",
            "[+]serializable_read ok",
            "[+]linearizable_read ok",
            "[+]non_learner ok",
            "ok");
    expect("/livez/serializable_read", 200, "ok\n");
    expect("/livez/linearizable_read", 404, "404 page not found\n");
    front.cluster.learner = true;
    assertThat(front.get("/readyz").body())
        .contains("[-]non_learner failed: not supported for learner\n");
    expect("/readyz?exclude=non_learner&exclude=nothing", 200, "ok\n");
    front.cluster.rejectReads = new Rejection.TimedOut();
    expect(
        "/readyz/linearizable_read",
        503,
        "[-]linearizable_read failed: etcdserver: request timed out\n\n");
    assertThat(front.get("/readyz").headers().firstValue("x-content-type-options"))
        .hasValue("nosniff");
  }

  @Test
  void otherVerbsAreRefused() {
    for (String path : List.of("/health", "/livez", "/readyz", "/version", "/metrics")) {
      var refused = front.send("POST", path, "");
      assertThat(refused.statusCode()).isEqualTo(405);
      assertThat(refused.headers().firstValue("allow")).hasValue("GET");
      assertThat(refused.body()).isEqualTo("Method Not Allowed\n");
      assertThat(front.send("HEAD", path, "").statusCode()).isEqualTo(405);
    }
  }

  @Test
  void theMonitoringPortShowsNoMoreThanItShould() {
    int port = front.monitoringPort();
    assertThat(port).isNotEqualTo(front.port());
    for (String path : List.of("/health", "/livez", "/readyz", "/metrics")) {
      assertThat(front.send(port, "GET", path, "").statusCode()).as(path).isEqualTo(200);
    }
    for (String path : List.of("/version", "/v3/kv/range", "/debug/vars")) {
      assertThat(front.send(port, "GET", path, "").statusCode()).as(path).isEqualTo(404);
    }
    assertThat(front.get("/debug/vars").body()).contains("\"file_descriptor_limit\":");
  }

  @Test
  void callsAreCountedUnderEtcdsNames() {
    front.call("KV/Range", RangeRequest.getDefaultInstance());
    front.get("/health");
    front.get("/livez");
    String page = front.get("/metrics").body();
    String range = "grpc_method=\"Range\",grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"} ";
    assertThat(page)
        .contains("grpc_server_started_total{" + range + "1.0")
        .contains("grpc_server_msg_received_total{" + range + "1.0")
        .contains("grpc_server_msg_sent_total{" + range + "0.0")
        .contains("grpc_server_handled_total{grpc_code=\"InvalidArgument\"," + range + "1.0")
        .contains(
            "grpc_server_started_total{grpc_method=\"Watch\","
                + "grpc_service=\"etcdserverpb.Watch\",grpc_type=\"bidi_stream\"} 0.0")
        .contains("grpc_server_handling_seconds_bucket{")
        .contains("etcd_network_client_grpc_received_bytes_total 0.0")
        .contains(
            "etcd_server_client_requests_total"
                + "{client_api_version=\"unknown\",type=\"unary\"} 1.0")
        .contains("etcd_server_health_success_total 1.0")
        .contains(
            "etcd_server_healthchecks_total"
                + "{name=\"serializable_read\",status=\"success\",type=\"livez\"} 1.0")
        .contains("etcd_server_healthcheck{name=\"serializable_read\",type=\"livez\"} 1.0");
  }
}
