package io.flotilla.node.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EtcdNamesTest {
  @Test
  void gaugesMayEndWithTotal() {
    assertThat(
            EtcdNames.restore(
                """
                # HELP etcd_debugging_mvcc_keys Keys that exist
                # TYPE etcd_debugging_mvcc_keys gauge
                etcd_debugging_mvcc_keys 3.0
                """))
        .isEqualTo(
            """
            # HELP etcd_debugging_mvcc_keys_total Keys that exist
            # TYPE etcd_debugging_mvcc_keys_total gauge
            etcd_debugging_mvcc_keys_total 3.0
            """);
  }

  @Test
  void countersMayEndOtherwise() {
    assertThat(EtcdNames.restore("etcd_server_health_success_total{a=\"b c\"} 1.0\n"))
        .isEqualTo("etcd_server_health_success{a=\"b c\"} 1.0\n");
  }

  @Test
  void partsOfHistogramsFollowTheirFamily() {
    assertThat(
            EtcdNames.restore(
                """
                etcd_debugging_lease_ttl_bucket{le="1.0"} 0
                etcd_debugging_lease_ttl_sum 7.0
                etcd_debugging_lease_ttl_count 1
                """))
        .isEqualTo(
            """
            etcd_debugging_lease_ttl_total_bucket{le="1.0"} 0
            etcd_debugging_lease_ttl_total_sum 7.0
            etcd_debugging_lease_ttl_total_count 1
            """);
  }

  @Test
  void everythingElseStays() {
    String page =
        """
        # HELP other etcd_debugging_mvcc_keys is named here only
        other{label="etcd_server_health_success_total"} 1.0

        etcd_debugging_mvcc_keys_left 1.0
        grpc_server_handled_total 2.0
        # EOF\
        """;
    assertThat(EtcdNames.restore(page)).isEqualTo(page);
  }
}
