package io.flotilla.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// 4.1: the metrics that etcd's own alert rules and dashboards read.
class MetricsTest extends ContractTest {
  private static final Pattern TYPE = Pattern.compile("# TYPE (\\S+) (\\S+)");

  private String scrape() {
    var response = http().get("/metrics");
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
    return response.body();
  }

  private static Map<String, String> types(String text) {
    var types = new TreeMap<String, String>();
    text.lines()
        .forEach(
            line -> {
              var matcher = TYPE.matcher(line);
              if (matcher.matches()) {
                types.put(matcher.group(1), matcher.group(2));
              }
            });
    return types;
  }

  private static double value(String text, String series) {
    return text.lines()
        .filter(line -> line.startsWith(series + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(series.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + series));
  }

  // 4.1, every row of one node.
  @ParameterizedTest
  @CsvSource({
    "etcd_server_has_leader,gauge",
    "etcd_server_is_leader,gauge",
    "etcd_server_leader_changes_seen_total,counter",
    "etcd_server_proposals_committed_total,gauge",
    "etcd_server_proposals_applied_total,gauge",
    "etcd_server_proposals_pending,gauge",
    "etcd_server_proposals_failed_total,counter",
    "etcd_server_quota_backend_bytes,gauge",
    "etcd_mvcc_db_total_size_in_bytes,gauge",
    "etcd_mvcc_db_total_size_in_use_in_bytes,gauge",
    "etcd_disk_wal_fsync_duration_seconds,histogram",
    "etcd_disk_backend_commit_duration_seconds,histogram",
    "etcd_network_client_grpc_received_bytes_total,counter",
    "etcd_network_client_grpc_sent_bytes_total,counter",
    "grpc_server_started_total,counter",
    "grpc_server_handled_total,counter",
    "grpc_server_msg_received_total,counter",
    "grpc_server_msg_sent_total,counter",
    "process_resident_memory_bytes,gauge",
    "process_cpu_seconds_total,counter",
    "process_open_fds,gauge",
    "process_max_fds,gauge",
    "process_start_time_seconds,gauge",
    "process_virtual_memory_bytes,gauge"
  })
  void aDashboardMetricIsExported(String name, String type) {
    assertThat(types(scrape())).containsEntry(name, type);
  }

  // 4.1 meanings.
  @Test
  void valuesFollowTheServer() {
    var before = scrape();
    etcd.put(key("a"), "1");
    var after = scrape();
    assertThat(value(after, "etcd_server_has_leader")).isEqualTo(1);
    var status = etcd.status();
    boolean leads = status.getLeader() == status.getHeader().getMemberId();
    assertThat(value(after, "etcd_server_is_leader")).isEqualTo(leads ? 1 : 0);
    assertThat(value(after, "etcd_server_proposals_committed_total"))
        .isGreaterThan(value(before, "etcd_server_proposals_committed_total"));
    assertThat(value(after, "etcd_server_proposals_applied_total"))
        .isGreaterThan(value(before, "etcd_server_proposals_applied_total"));
    assertThat(value(after, "etcd_disk_wal_fsync_duration_seconds_count"))
        .isGreaterThan(value(before, "etcd_disk_wal_fsync_duration_seconds_count"));
    assertThat(value(after, "etcd_network_client_grpc_received_bytes_total"))
        .isGreaterThan(value(before, "etcd_network_client_grpc_received_bytes_total"));
    assertThat(value(after, "etcd_network_client_grpc_sent_bytes_total"))
        .isGreaterThan(value(before, "etcd_network_client_grpc_sent_bytes_total"));
    assertThat(value(after, "etcd_mvcc_db_total_size_in_bytes"))
        .isEqualTo(etcd.status().getDbSize());
  }

  // 4.1: the quota in force; what it is by default is part of the status.
  @OwnServer("quota-backend-bytes=1073741824")
  @Test
  void theQuotaIsAMetric() {
    assertThat(value(scrape(), "etcd_server_quota_backend_bytes")).isEqualTo(1073741824.0);
  }

  // 4.1 buckets: 14 from 1 ms, doubling, in bounds that dashboards name.
  @ParameterizedTest
  @CsvSource({"etcd_disk_wal_fsync_duration_seconds", "etcd_disk_backend_commit_duration_seconds"})
  void diskHistogramsDoubleFromAMillisecond(String name) {
    var bounds =
        scrape()
            .lines()
            .filter(line -> line.startsWith(name + "_bucket{le=\""))
            .map(line -> line.substring((name + "_bucket{le=\"").length(), line.indexOf("\"}")))
            .toList();
    assertThat(bounds)
        .containsExactly(
            "0.001", "0.002", "0.004", "0.008", "0.016", "0.032", "0.064", "0.128", "0.256",
            "0.512", "1.024", "2.048", "4.096", "8.192", "+Inf");
  }

  // 4.1 grpc series: all start at 0, codes in CamelCase, started minus handled is what is open.
  @Test
  void callsAreCountedByMethodAndCode() {
    var put = "{grpc_method=\"Put\",grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"}";
    var watch =
        "{grpc_method=\"Watch\",grpc_service=\"etcdserverpb.Watch\","
            + "grpc_type=\"bidi_stream\"}";
    var refused =
        "grpc_server_handled_total{grpc_code=\"InvalidArgument\",grpc_method=\"Put\","
            + "grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"}";
    var before = scrape();
    etcd.put(key("a"), "1");
    Refusal.of(() -> etcd.put(Requests.put(com.google.protobuf.ByteString.EMPTY, "1")));
    try (var stream = etcd.watch()) {
      stream.create(Requests.watch(key("a")));
      var after = scrape();
      assertThat(value(after, "grpc_server_started_total" + put))
          .isEqualTo(value(before, "grpc_server_started_total" + put) + 2);
      assertThat(value(after, refused)).isEqualTo(value(before, refused) + 1);
      assertThat(value(after, "grpc_server_started_total" + watch))
          .isEqualTo(value(before, "grpc_server_started_total" + watch) + 1);
      assertThat(value(after, "grpc_server_msg_received_total" + watch))
          .isEqualTo(value(before, "grpc_server_msg_received_total" + watch) + 1);
      assertThat(value(after, "grpc_server_msg_sent_total" + watch))
          .isEqualTo(value(before, "grpc_server_msg_sent_total" + watch) + 1);
    }
  }

  // 4.1: series exist before the first call.
  @OwnServer
  @Test
  void everyMethodIsCountedFromZero() {
    var text = scrape();
    for (var method : new String[] {"Range", "Put", "DeleteRange", "Txn", "Compact"}) {
      for (var code : new String[] {"OK", "Unknown", "Unavailable", "OutOfRange"}) {
        if (method.equals("DeleteRange") && code.equals("OK") && Shards.areShared()) {
          continue; // the keys of this test were deleted before it began
        }
        assertThat(
                value(
                    text,
                    "grpc_server_handled_total{grpc_code=\""
                        + code
                        + "\",grpc_method=\""
                        + method
                        + "\",grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"}"))
            .isZero();
      }
    }
    assertThat(
            value(
                text,
                "grpc_server_started_total{grpc_method=\"Watch\","
                    + "grpc_service=\"etcdserverpb.Watch\",grpc_type=\"bidi_stream\"}"))
        .isZero();
    assertThat(
            value(
                text,
                "grpc_server_started_total{grpc_method=\"LeaseKeepAlive\","
                    + "grpc_service=\"etcdserverpb.Lease\",grpc_type=\"bidi_stream\"}"))
        .isZero();
    assertThat(
            value(
                text,
                "grpc_server_started_total{grpc_method=\"Snapshot\","
                    + "grpc_service=\"etcdserverpb.Maintenance\",grpc_type=\"server_stream\"}"))
        .isZero();
  }

  // 4.2 versions.
  @Test
  void versionsAreMetrics() {
    var version = etcd.status().getVersion();
    var minor = version.substring(0, version.lastIndexOf('.'));
    var text = scrape();
    assertThat(value(text, "etcd_server_version{server_version=\"" + version + "\"}")).isEqualTo(1);
    assertThat(value(text, "etcd_cluster_version{cluster_version=\"" + minor + "\"}")).isEqualTo(1);
  }
}
