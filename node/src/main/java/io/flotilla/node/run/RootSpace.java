package io.flotilla.node.run;

import io.flotilla.placement.client.RootClient;
import io.flotilla.placement.duty.SpaceQuota;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.router.route.ClusterView;
import io.flotilla.router.route.SpaceGate;
import io.vertx.core.Future;

/// The space quota at the front's door.
record RootSpace(SpaceQuota quota, RootClient root, ClusterView view) implements SpaceGate {
  @Override
  public boolean admits(long costBytes) {
    return !quota.exceeds(costBytes);
  }

  @Override
  public Future<Void> raiseAlarm(long deadlineNanos) {
    boolean on =
        view.alarms().stream()
            .anyMatch(
                alarm ->
                    alarm.getAlarm() == AlarmType.NOSPACE
                        && alarm.getMemberID() == view.memberId());
    if (on) {
      return Future.succeededFuture();
    }
    var request =
        AlarmRequest.newBuilder()
            .setAction(AlarmRequest.AlarmAction.ACTIVATE)
            .setMemberID(view.memberId())
            .setAlarm(AlarmType.NOSPACE);
    return root.alarm(request.build(), deadlineNanos).mapEmpty();
  }
}
