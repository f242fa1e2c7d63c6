package io.flotilla.raft.handover;

import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.HandoverProgress;
import io.flotilla.proto.command.KeyInterval;
import io.flotilla.storage.mvcc.KeyedState;
import java.nio.ByteBuffer;
import java.util.NavigableMap;
import java.util.TreeMap;

/// What is stored of a group's handovers, with a copy in memory: there are few.
///
/*
 * Component "handover"; numbers have 8 bytes:
 *
 *     'n'          -> the highest number that has ended here
 *     's' | number -> compact revision | KeyInterval           sending
 *     'r' | number -> size 4 | KeyInterval | HandoverProgress  receiving
 *     'e' | number -> KeyInterval                              to be erased
 *
 * Replicas that have come to the same place agree on all of it but 'e', which is there until this
 * replica has erased the range.
 */
final class HandoverTable {
  static final String NAME = "handover";

  private static final byte ENDED = 'n';
  private static final byte SENDING = 's';
  private static final byte RECEIVING = 'r';
  private static final byte ERASING = 'e';
  private static final byte[] ENDED_KEY = {ENDED};

  private final KeyedState component;
  private final NavigableMap<Long, Outgoing> sending = new TreeMap<>();
  private final NavigableMap<Long, Incoming> receiving = new TreeMap<>();
  private final NavigableMap<Long, KeyRange> erasing = new TreeMap<>();
  private long ended;

  HandoverTable(KeyedState component) {
    this.component = component;
    ended = component.getLong(ENDED_KEY, 0);
    var rows = component.scan(new byte[0]);
    while (rows.next()) {
      load(ByteBuffer.wrap(rows.key()), ByteBuffer.wrap(rows.value()));
    }
  }

  private void load(ByteBuffer key, ByteBuffer value) {
    switch (key.get()) {
      case SENDING -> {
        long compactRevision = value.getLong();
        sending.put(key.getLong(), new Outgoing(range(value), compactRevision));
      }
      case RECEIVING -> receiving.put(key.getLong(), incoming(value));
      case ERASING -> erasing.put(key.getLong(), range(value));
      case ENDED -> {}
      default -> throw new IllegalStateException("the state of handovers has known rows");
    }
  }

  private static KeyRange range(ByteBuffer bytes) {
    try {
      return Intervals.of(KeyInterval.parseFrom(bytes));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a stored range can be read", e);
    }
  }

  private static Incoming incoming(ByteBuffer bytes) {
    int size = bytes.getInt();
    KeyRange range = range(bytes.slice(bytes.position(), size));
    try {
      var progress = HandoverProgress.parseFrom(bytes.position(bytes.position() + size));
      return new Incoming(range, progress);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a stored progress can be read", e);
    }
  }

  private static byte[] key(byte kind, long number) {
    return ByteBuffer.allocate(1 + Long.BYTES).put(kind).putLong(number).array();
  }

  // ---- rows

  /// By number. Read only, as the others are.
  NavigableMap<Long, Outgoing> sending() {
    return sending;
  }

  NavigableMap<Long, Incoming> receiving() {
    return receiving;
  }

  /// What is to be erased, by the number of the handover that left it.
  NavigableMap<Long, KeyRange> erasing() {
    return erasing;
  }

  /// The highest number that has ended here; 0 for none.
  long ended() {
    return ended;
  }

  void putSending(long number, Outgoing outgoing) {
    byte[] interval = Intervals.of(outgoing.range()).toByteArray();
    var value = ByteBuffer.allocate(Long.BYTES + interval.length);
    value.putLong(outgoing.compactRevision()).put(interval);
    component.put(key(SENDING, number), value.array());
    sending.put(number, outgoing);
  }

  void putReceiving(long number, Incoming incoming) {
    byte[] interval = Intervals.of(incoming.range()).toByteArray();
    byte[] progress = incoming.progress().toByteArray();
    var value = ByteBuffer.allocate(Integer.BYTES + interval.length + progress.length);
    value.putInt(interval.length).put(interval).put(progress);
    component.put(key(RECEIVING, number), value.array());
    receiving.put(number, incoming);
  }

  void putErasing(long number, KeyRange range) {
    component.put(key(ERASING, number), Intervals.of(range).toByteArray());
    erasing.put(number, range);
  }

  void removeErasing(long number) {
    component.delete(key(ERASING, number));
    erasing.remove(number);
  }

  /// It is not active any more, and will not be again.
  void end(long number) {
    if (sending.remove(number) != null) {
      component.delete(key(SENDING, number));
    }
    if (receiving.remove(number) != null) {
      component.delete(key(RECEIVING, number));
    }
    if (number > ended) {
      ended = number;
      component.putLong(ENDED_KEY, number);
    }
  }
}
