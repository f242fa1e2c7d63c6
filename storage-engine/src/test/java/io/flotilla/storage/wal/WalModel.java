package io.flotilla.storage.wal;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// A log driven by a random script, together with what it has promised so far.
final class WalModel {
  static final Path DIRECTORY = Path.of("/group/wal");
  static final WalConfig CONFIG = new WalConfig(new GroupId(7), 8192, 4096, 2);

  private final List<byte[]> records = new ArrayList<>();
  private final TreeMap<Integer, Long> firstRecordOfSegment = new TreeMap<>();
  private long acknowledged;
  private long mayBeGone;

  WalModel() {}

  WalModel(WalModel other) {
    records.addAll(other.records);
    firstRecordOfSegment.putAll(other.firstRecordOfSegment);
    acknowledged = other.acknowledged;
    mayBeGone = other.mayBeGone;
  }

  /// Plants the mistake of acknowledging before the force returned.
  WalModel believingEverythingIsDurable() {
    acknowledged = records.size();
    return this;
  }

  long acknowledged() {
    return acknowledged;
  }

  /// Opens the log and checks that it kept its promises; what it gave back beyond them counts from
  /// now on.
  Wal open(Disk disk) throws IOException {
    List<WalPlace> places = new ArrayList<>();
    List<byte[]> found = new ArrayList<>();
    Wal wal =
        Wal.open(
            disk,
            Clock.system(),
            DIRECTORY,
            CONFIG,
            (place, kind, payload) -> {
              places.add(place);
              found.add(bytes(kind, payload));
            });
    checkPromises(places, found);
    long end = places.isEmpty() ? 0 : places.getLast().record() + 1;
    assertThat(wal.position()).isEqualTo(end);
    while (records.size() > end) {
      records.removeLast();
    }
    acknowledged = end;
    firstRecordOfSegment.clear();
    places.forEach(place -> firstRecordOfSegment.putIfAbsent(place.sequence(), place.record()));
    return wal;
  }

  private void checkPromises(List<WalPlace> places, List<byte[]> found) {
    if (places.isEmpty()) {
      assertThat(acknowledged).as("nothing found, nothing acknowledged").isZero();
      return;
    }
    long first = places.getFirst().record();
    assertThat(first).as("first record").isLessThanOrEqualTo(mayBeGone);
    for (int i = 0; i < places.size(); i++) {
      long number = first + i;
      assertThat(places.get(i).record()).as("records have no gap").isEqualTo(number);
      assertThat(number).as("nothing is invented").isLessThan(records.size());
      assertThat(found.get(i)).as("record " + number).isEqualTo(records.get((int) number));
    }
    assertThat(first + places.size())
        .as("acknowledged records are there")
        .isGreaterThanOrEqualTo(acknowledged);
  }

  private static byte[] bytes(int kind, ByteBuffer payload) {
    byte[] bytes = new byte[payload.remaining() + 1];
    bytes[0] = (byte) kind;
    payload.get(bytes, 1, bytes.length - 1);
    return bytes;
  }

  void step(Wal wal, RandomGenerator random) throws IOException {
    switch (random.nextInt(10)) {
      case 0 -> truncate(wal, random);
      case 1, 2 -> wal.maintain();
      default -> batch(wal, random);
    }
  }

  private void batch(Wal wal, RandomGenerator random) throws IOException {
    long first = records.size();
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      append(wal, random);
    }
    int sequence = wal.sync();
    firstRecordOfSegment.putIfAbsent(sequence, first);
    acknowledged = records.size();
  }

  private void append(Wal wal, RandomGenerator random) throws IOException {
    byte[] record = new byte[1 + length(random)];
    random.nextBytes(record);
    record[0] = (byte) (1 + random.nextInt(255));
    records.add(record);
    byte[] payload = new byte[record.length - 1];
    System.arraycopy(record, 1, payload, 0, payload.length);
    int split = random.nextInt(payload.length + 1);
    byte[] body = new byte[payload.length - split];
    System.arraycopy(payload, split, body, 0, body.length);
    wal.append(record[0] & 0xff, payload, split, body);
  }

  private static int length(RandomGenerator random) {
    return switch (random.nextInt(20)) {
      case 0 -> 0;
      case 1 -> 20_000; // larger than a segment
      case 2, 3 -> 4000;
      case 4, 5, 6 -> 1500;
      default -> random.nextInt(300);
    };
  }

  private void truncate(Wal wal, RandomGenerator random) throws IOException {
    if (firstRecordOfSegment.isEmpty()) {
      return;
    }
    int oldest = wal.oldestSequence();
    int newest = firstRecordOfSegment.lastKey();
    int keep = oldest + random.nextInt(newest - oldest + 1);
    mayBeGone = Math.max(mayBeGone, firstRecordOfSegment.getOrDefault(keep, mayBeGone));
    wal.truncatePrefix(keep);
  }
}
