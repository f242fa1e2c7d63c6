package io.flotilla.router.front.http;

import com.google.protobuf.ByteString;
import io.flotilla.base.port.Clock;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.route.ClusterView;
import io.flotilla.router.route.Doors;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/// What a healthy node can do. A check answers with the empty string when it passes, else with what
/// is wrong; its future never fails.
final class Checks {
  private static final RangeRequest PROBE =
      RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8("health")).setLimit(1).build();

  private final ClusterView view;
  private final GroupDoor group;
  private final Clock clock;
  private final long timeoutMillis;

  Checks(Doors doors, Clock clock, long timeoutMillis) {
    this.view = doors.view();
    this.group = doors.group();
    this.clock = clock;
    this.timeoutMillis = timeoutMillis;
  }

  /// By name: whether the process should go on living.
  Map<String, Supplier<Future<String>>> live() {
    var checks = new LinkedHashMap<String, Supplier<Future<String>>>();
    checks.put("serializable_read", () -> read(ReadMode.SERIALIZABLE));
    return checks;
  }

  /// By name: whether it should get requests.
  Map<String, Supplier<Future<String>>> ready() {
    var checks = new LinkedHashMap<String, Supplier<Future<String>>>();
    checks.put("data_corruption", () -> Future.succeededFuture(corruption()));
    checks.put("serializable_read", () -> read(ReadMode.SERIALIZABLE));
    checks.put("linearizable_read", () -> read(ReadMode.LINEARIZABLE));
    checks.put("non_learner", () -> Future.succeededFuture(learner()));
    return checks;
  }

  private String corruption() {
    boolean corrupt =
        view.alarms().stream().anyMatch(alarm -> alarm.getAlarm() == AlarmType.CORRUPT);
    return corrupt ? "alarm activated: CORRUPT" : "";
  }

  private String learner() {
    return view.isLearner() ? "not supported for learner" : "";
  }

  Future<String> read(ReadMode mode) {
    long deadline = clock.nanoTime() + timeoutMillis * 1_000_000;
    return group
        .read(mode, new ShardQuery.Range(PROBE), deadline)
        .transform((_, failure) -> Future.succeededFuture(failure == null ? "" : text(failure)));
  }

  private static String text(Throwable failure) {
    ApiStatus status = ApiError.find(failure);
    return status == null ? "internal error" : status.message();
  }
}
