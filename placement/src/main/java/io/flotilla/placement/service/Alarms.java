package io.flotilla.placement.service;

import io.flotilla.placement.state.StateTree;
import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmType;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.TreeSet;

/// The alarms that are on: replicated state of the root group, written through to a [StateTree].
///
/// An alarm is a type and the member that raised it, both taken literally: member 0 and unknown
/// types are kept as given (etcd behaviour).
public final class Alarms {
  /// Ordered by type, then member, so that lists are the same on every replica.
  private record Alarm(int type, long member) implements Comparable<Alarm> {
    @Override
    public int compareTo(Alarm other) {
      int byType = Integer.compare(type, other.type);
      return byType != 0 ? byType : Long.compareUnsigned(member, other.member);
    }

    AlarmMember toMessage() {
      return AlarmMember.newBuilder().setMemberID(member).setAlarmValue(type).build();
    }

    byte[] key() {
      return ByteBuffer.allocate(Integer.BYTES + Long.BYTES).putInt(type).putLong(member).array();
    }
  }

  private final StateTree tree;
  private final TreeSet<Alarm> alarms = new TreeSet<>();

  // How many are on of the two types that each write asks about; other types hold nothing back.
  private int noSpace;
  private int corrupt;

  private Alarms(StateTree tree) {
    this.tree = tree;
  }

  /// The alarms as `tree` holds them.
  public static Alarms restore(StateTree tree) {
    var restored = new Alarms(tree);
    tree.forEach(
        (key, value) -> {
          var buffer = ByteBuffer.wrap(key);
          restored.add(new Alarm(buffer.getInt(), buffer.getLong()));
        });
    return restored;
  }

  /// Whether any member says that space ran out. Asked for each write: costs a field.
  public boolean noSpace() {
    return noSpace > 0;
  }

  /// Whether any member found damage. Asked for each write: costs a field.
  public boolean corrupt() {
    return corrupt > 0;
  }

  /// Whether this member raised an alarm of this type.
  public boolean active(AlarmType type, long member) {
    return alarms.contains(new Alarm(type.getNumber(), member));
  }

  /// The alarms of a type; of all types for [AlarmType#NONE].
  public List<AlarmMember> list(int type) {
    return alarms.stream()
        .filter(alarm -> type == AlarmType.NONE_VALUE || alarm.type() == type)
        .map(Alarm::toMessage)
        .toList();
  }

  /// Carries out a request.
  ///
  /// @return what the answer lists: the alarm raised or taken back, nothing when there was nothing
  ///     to do (type none, not raised, unknown action), or for GET what [#list] says
  public List<AlarmMember> execute(AlarmRequest request) {
    return switch (request.getAction()) {
      case GET -> list(request.getAlarmValue());
      case ACTIVATE -> activate(new Alarm(request.getAlarmValue(), request.getMemberID()));
      case DEACTIVATE -> deactivate(new Alarm(request.getAlarmValue(), request.getMemberID()));
      case UNRECOGNIZED -> List.of();
    };
  }

  private List<AlarmMember> activate(Alarm alarm) {
    if (alarm.type() == AlarmType.NONE_VALUE) {
      return List.of();
    }
    if (add(alarm)) {
      tree.put(alarm.key(), new byte[0]);
    }
    return List.of(alarm.toMessage());
  }

  private List<AlarmMember> deactivate(Alarm alarm) {
    if (!alarms.remove(alarm)) {
      return List.of();
    }
    count(alarm, -1);
    tree.delete(alarm.key());
    return List.of(alarm.toMessage());
  }

  private boolean add(Alarm alarm) {
    boolean added = alarms.add(alarm);
    if (added) {
      count(alarm, 1);
    }
    return added;
  }

  private void count(Alarm alarm, int change) {
    if (alarm.type() == AlarmType.NOSPACE_VALUE) {
      noSpace += change;
    } else if (alarm.type() == AlarmType.CORRUPT_VALUE) {
      corrupt += change;
    }
  }
}
