package io.flotilla.router.front.http;

import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.router.route.ClusterView;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;

/// etcd's /health: alarms, then the leader, then a read.
final class HealthPage {
  private final ClusterView view;
  private final Checks checks;
  private final HealthMetrics metrics;

  HealthPage(ClusterView view, Checks checks, HealthMetrics metrics) {
    this.view = view;
    this.checks = checks;
    this.metrics = metrics;
  }

  void handle(HttpServerRequest request) {
    boolean serializable = "true".equals(request.getParam("serializable"));
    String reason = known(serializable, request.params().getAll("exclude"));
    if (!reason.isEmpty()) {
      answer(request, reason);
      return;
    }
    ReadMode mode = serializable ? ReadMode.SERIALIZABLE : ReadMode.LINEARIZABLE;
    checks
        .read(mode)
        .onSuccess(wrong -> answer(request, wrong.isEmpty() ? "" : "RANGE ERROR:" + wrong));
  }

  /// What is wrong without a read; empty for nothing.
  private String known(boolean serializable, List<String> excluded) {
    for (AlarmMember alarm : view.alarms()) {
      String name = nameOf(alarm.getAlarm());
      if (!excluded.contains(name)) {
        return "ALARM " + name;
      }
    }
    return serializable || view.hasLeader() ? "" : "RAFT NO LEADER";
  }

  private static String nameOf(AlarmType alarm) {
    return switch (alarm) {
      case NOSPACE -> "NOSPACE";
      case CORRUPT -> "CORRUPT";
      case NONE, UNRECOGNIZED -> "UNKNOWN";
    };
  }

  private void answer(HttpServerRequest request, String reason) {
    boolean healthy = reason.isEmpty();
    metrics.health(healthy);
    String body = "{\"health\":\"" + healthy + "\",\"reason\":\"" + reason + "\"}";
    if (healthy) {
      request.response().putHeader("Content-Type", "text/plain; charset=utf-8").end(body);
    } else {
      Replies.text(request, 503, body + "\n");
    }
  }
}
