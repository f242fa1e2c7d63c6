package io.flotilla.storage.file;

import io.flotilla.storage.file.SimNames.Chance;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/// The bytes of one simulated file: as they are now, as they are on the medium, and the changes
/// between.
final class SimContent {
  private sealed interface Change {
    record Write(long position, byte[] bytes) implements Change {}

    record Resize(long size) implements Change {}
  }

  /// A growing array of bytes; what is beyond the size is zero.
  private static final class Image {
    byte[] bytes = new byte[0];
    int size;

    Image copy() {
      Image copy = new Image();
      copy.bytes = Arrays.copyOf(bytes, size);
      copy.size = size;
      return copy;
    }

    void resize(long newSize) {
      int target = Math.toIntExact(newSize);
      if (target > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(target, (int) Math.min(1L << 30, size * 2L)));
      }
      if (target < size) {
        Arrays.fill(bytes, target, size, (byte) 0);
      }
      size = target;
    }

    void write(long position, byte[] source, int from, int to) {
      resize(Math.max(size, position + to));
      System.arraycopy(source, from, bytes, (int) position + from, to - from);
    }
  }

  private record Mapping(long position, MemorySegment memory, MemorySegment handedOut) {}

  private Image current = new Image();
  private Image durable = new Image();
  private final List<Change> pending = new ArrayList<>();
  private final List<Mapping> mappings = new ArrayList<>();

  long size() {
    return current.size;
  }

  byte[] bytes() {
    return Arrays.copyOf(current.bytes, current.size);
  }

  void read(long position, byte[] target, int count) {
    System.arraycopy(current.bytes, (int) position, target, 0, count);
  }

  void write(long position, byte[] bytes) {
    current.write(position, bytes, 0, bytes.length);
    pending.add(new Change.Write(position, bytes));
    for (Mapping mapping : live()) {
      long from = Math.max(position, mapping.position());
      long to = Math.min(position + bytes.length, mapping.position() + mapping.memory().byteSize());
      if (from < to) {
        MemorySegment.copy(
            MemorySegment.ofArray(bytes),
            from - position,
            mapping.memory(),
            from - mapping.position(),
            to - from);
      }
    }
  }

  void resize(long size) {
    current.resize(size);
    pending.add(new Change.Resize(size));
  }

  /// A mapping is a mirror that every write updates, because the bytes move when the file grows.
  @SuppressWarnings("restricted")
  MemorySegment map(long position, long size, Arena arena) {
    MemorySegment memory = Arena.ofAuto().allocate(Math.max(1, size), 4096).asSlice(0, size);
    MemorySegment.copy(MemorySegment.ofArray(current.bytes), position, memory, 0, size);
    MemorySegment handedOut =
        MemorySegment.ofAddress(memory.address())
            .reinterpret(size, arena, _ -> keepAlive(memory))
            .asReadOnly();
    mappings.add(new Mapping(position, memory, handedOut));
    return handedOut;
  }

  /// The cleanup of a mapping holds on to its memory until the arena closes.
  private static void keepAlive(MemorySegment memory) {
    memory.isNative();
  }

  private List<Mapping> live() {
    mappings.removeIf(mapping -> !mapping.handedOut().scope().isAlive());
    return mappings;
  }

  /// With `metadata` everything is durable now; without, the file may still have its old tail.
  void force(boolean metadata) {
    for (Change change : pending) {
      switch (change) {
        case Change.Write(long position, byte[] bytes) ->
            durable.write(position, bytes, 0, bytes.length);
        case Change.Resize(long size) -> {
          if (metadata || size > durable.size) {
            durable.resize(size);
          } else {
            clearDurable(size);
          }
        }
      }
    }
    pending.clear();
    if (durable.size > current.size) {
      pending.add(new Change.Resize(current.size));
    }
  }

  /// The bytes that a cut removed read as zeros once the file has grown over them again, so a
  /// later growth must not bring them back; the part beyond the file's present end may.
  private void clearDurable(long from) {
    int to = Math.min(durable.size, current.size);
    if (from < to) {
      Arrays.fill(durable.bytes, (int) from, to, (byte) 0);
    }
  }

  /// What was not forced so far will not become durable by a later force either.
  void forget() {
    pending.clear();
  }

  void flipBit(long byteOffset, int bit) {
    current.bytes[(int) byteOffset] ^= (byte) (1 << bit);
    if (byteOffset < durable.size) {
      durable.bytes[(int) byteOffset] ^= (byte) (1 << bit);
    }
  }

  SimContent copy() {
    SimContent copy = new SimContent();
    copy.current = current.copy();
    copy.durable = durable.copy();
    copy.pending.addAll(pending);
    return copy;
  }

  SimContent afterPowerLoss(RandomGenerator random) {
    Image image = durable.copy();
    Chance chance = Chance.draw(random);
    for (Change change : pending) {
      switch (change) {
        case Change.Write(long position, byte[] bytes) ->
            writeSome(image, position, bytes, chance, random);
        case Change.Resize(long size) -> {
          if (chance.keeps(random)) {
            image.resize(size);
          }
        }
      }
    }
    SimContent after = new SimContent();
    after.current = image;
    after.durable = image.copy();
    return after;
  }

  private static void writeSome(
      Image image, long position, byte[] bytes, Chance chance, RandomGenerator random) {
    Chance sectors = chance == Chance.SOME ? Chance.draw(random) : chance;
    int from = 0;
    while (from < bytes.length) {
      long inSector = (position + from) % SimDisk.SECTOR_BYTES;
      int to = (int) Math.min(bytes.length, from + SimDisk.SECTOR_BYTES - inSector);
      if (sectors.keeps(random)) {
        image.write(position, bytes, from, to);
      }
      from = to;
    }
  }
}
