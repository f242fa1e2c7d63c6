package io.flotilla.simulation.client;

import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.simulation.world.Machine;
import io.flotilla.simulation.world.Probe;
import io.flotilla.simulation.world.SimNode;
import io.flotilla.simulation.world.Timeline;
import java.util.List;
import java.util.random.RandomGenerator;

/// Somebody who disarms the alarms about space once there is room on the disks.
final class Operator extends Client {
  private static final long LOOK_MILLIS = 1_000;
  private static final long TIMEOUT_NANOS = 2 * Timeline.SECOND;
  private static final long ROOM_BYTES = 1 << 20;

  Operator(Surroundings around, RandomGenerator random, WorkPlan plan, int number) {
    super(around, random, plan, number);
  }

  @Override
  void start() {
    later(LOOK_MILLIS, this::look);
  }

  private void look() {
    Machine machine = machine();
    SimNode node = machine.responsive();
    if (node == null) {
      turnAway();
    } else if (hasRoom()) {
      around.timeline().after(wire.latencyNanos(), node.life(), () -> disarm(node));
    }
    start();
  }

  private boolean hasRoom() {
    return around.cluster().machines().stream()
        .allMatch(machine -> machine.drive().freeBytes() > ROOM_BYTES);
  }

  private void disarm(SimNode node) {
    List<AlarmMember> alarms = node.doors().view().alarms();
    for (AlarmMember alarm : alarms) {
      if (alarm.getAlarm() == AlarmType.NOSPACE) {
        around.probes().hit(Probe.NOSPACE_ALARM);
        var request =
            AlarmRequest.newBuilder()
                .setAction(AlarmRequest.AlarmAction.DEACTIVATE)
                .setMemberID(alarm.getMemberID())
                .setAlarm(AlarmType.NOSPACE);
        node.doors()
            .group()
            .propose(
                Command.newBuilder().setAlarm(request).build(),
                node.clock().nanoTime() + TIMEOUT_NANOS);
      }
    }
  }
}
