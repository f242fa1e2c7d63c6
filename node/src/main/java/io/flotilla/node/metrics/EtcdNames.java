package io.flotilla.node.metrics;

import java.util.Map;

/// Names that etcd has and the registry refuses: it lets only counters end with `_total`, and lets
/// no counter end otherwise. They are put in place in the text of the page.
final class EtcdNames {
  private static final String[] HISTOGRAM_PARTS = {"_bucket", "_sum", "_count", "_max"};

  private static final String[] COMMENTS = {"# HELP ", "# TYPE "};

  private static final Map<String, String> BY_REGISTRY_NAME =
      Map.ofEntries(
          grown("etcd_server_proposals_committed"),
          grown("etcd_server_proposals_applied"),
          grown("etcd_disk_wal_write_bytes"),
          grown("etcd_network_snapshot_send_inflights"),
          grown("etcd_network_snapshot_receive_inflights"),
          grown("etcd_debugging_mvcc_keys"),
          grown("etcd_debugging_mvcc_watch_stream"),
          grown("etcd_debugging_mvcc_watcher"),
          grown("etcd_debugging_mvcc_slow_watcher"),
          grown("etcd_debugging_lease_ttl"),
          cut("etcd_network_snapshot_send_success"),
          cut("etcd_network_snapshot_send_failures"),
          cut("etcd_network_snapshot_receive_success"),
          cut("etcd_network_snapshot_receive_failures"),
          cut("etcd_server_health_success"),
          cut("etcd_server_health_failures"));

  private EtcdNames() {}

  private static Map.Entry<String, String> grown(String name) {
    return Map.entry(name, name + "_total");
  }

  private static Map.Entry<String, String> cut(String name) {
    return Map.entry(name + "_total", name);
  }

  /// The page with etcd's names.
  ///
  /// @param page in Prometheus' text format
  static String restore(String page) {
    var restored = new StringBuilder(page.length() + 1024);
    int start = 0;
    while (start < page.length()) {
      int newline = page.indexOf('\n', start);
      int end = newline < 0 ? page.length() : newline + 1;
      line(page, start, end, restored);
      start = end;
    }
    return restored.toString();
  }

  private static void line(String page, int start, int end, StringBuilder restored) {
    int nameStart = start;
    for (String comment : COMMENTS) {
      nameStart += page.startsWith(comment, start) ? comment.length() : 0;
    }
    int nameEnd = nameStart;
    while (nameEnd < end && isPartOfName(page.charAt(nameEnd))) {
      nameEnd++;
    }
    restored.append(page, start, nameStart);
    restored.append(restore(page, nameStart, nameEnd));
    restored.append(page, nameEnd, end);
  }

  private static boolean isPartOfName(char c) {
    return c == '_' || c == ':' || Character.isLetterOrDigit(c);
  }

  private static String restore(String page, int start, int end) {
    String name = page.substring(start, end);
    String restored = BY_REGISTRY_NAME.get(name);
    if (restored != null) {
      return restored;
    }
    for (String part : HISTOGRAM_PARTS) {
      if (name.endsWith(part)) {
        String family = name.substring(0, name.length() - part.length());
        String restoredFamily = BY_REGISTRY_NAME.get(family);
        return restoredFamily == null ? name : restoredFamily + part;
      }
    }
    return name;
  }
}
