package io.flotilla.storage.wal;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// Records on their way into one frame, laid out as they will be on disk. One sector in front is
/// kept free for a segment header. Used by one thread at a time.
///
/// A frame is a run of sectors. The body of the first begins with the frame header, records follow
/// without a gap through the bodies, zeros fill the last sector:
///
///     frame header:  length (4)  records (4)  chain (4)      length: bytes of all records
///     record:        length (4)  kind (1)     chain (4)  payload
///
/// The header's chain is that of the record before the frame.
final class FrameBuffer implements AutoCloseable {
  /// Largest frame.
  static final int MAX_BYTES = 256 << 20;

  static final int HEADER_BYTES = 12;

  /// Room for the rest of the last sector and for padding.
  private static final int SLACK_BYTES = Sector.BYTES + Segment.PAGE_SECTORS * Sector.BYTES;

  /// Where the first sector of an ordinary frame begins.
  private static final int START = Sector.BYTES;

  private static final int FIRST_RECORD = START + Sector.BODY_OFFSET + HEADER_BYTES;

  private final Sector sector = new Sector();
  private final RecordChain chain = new RecordChain();
  private final byte[] recordHeader = new byte[RecordChain.HEADER_BYTES];
  private final ByteBuffer recordHeaderBuffer =
      ByteBuffer.wrap(recordHeader).order(ByteOrder.LITTLE_ENDIAN);
  private final int baseBytes;
  private @Nullable Arena arena;
  private ByteBuffer buffer = ByteBuffer.allocate(0);
  private int at = FIRST_RECORD;
  private int records;
  private int recordBytes;
  private int chainBefore;

  FrameBuffer(int baseBytes) {
    this.baseBytes = baseBytes;
  }

  /// Continues after the record whose chained checksum is given.
  void startFrom(int chainOfLast) {
    chain.startFrom(chainOfLast);
    chainBefore = chainOfLast;
  }

  boolean isEmpty() {
    return records == 0;
  }

  int records() {
    return records;
  }

  /// The chained checksum of the record before the frame.
  int chainBefore() {
    return chainBefore;
  }

  /// Sectors that the frame takes, without a segment header.
  int sectors() {
    return (at - START + Sector.BYTES - 1) / Sector.BYTES;
  }

  /// Adds one record: `headLength` bytes of `head`, then `body`.
  ///
  /// @throws IllegalArgumentException when the frame would exceed its limit
  void add(int kind, byte[] head, int headLength, byte[] body) {
    if (kind < 1 || kind > 255) {
      throw new IllegalArgumentException("a record kind is 1 to 255: " + kind);
    }
    int length = Math.addExact(headLength, body.length);
    reserve(length);
    chain.begin(length, kind);
    chain.add(head, 0, headLength);
    chain.add(body, 0, body.length);
    recordHeaderBuffer.putInt(0, length).put(4, (byte) kind).putInt(5, chain.finish());
    put(recordHeader, RecordChain.HEADER_BYTES);
    put(head, headLength);
    put(body, body.length);
    records++;
    recordBytes += RecordChain.HEADER_BYTES + length;
  }

  private void reserve(int length) {
    long bytes = (long) length + RecordChain.HEADER_BYTES;
    long end = at + bytes + (bytes / Sector.BODY_BYTES + 2) * Sector.BODY_OFFSET + SLACK_BYTES;
    if (end > MAX_BYTES) {
      throw new IllegalArgumentException(
          "a batch of log records is limited to " + MAX_BYTES + " bytes");
    }
    if (end > buffer.capacity()) {
      long doubled = Math.min(MAX_BYTES, Math.max(baseBytes, buffer.capacity() * 2L));
      grow((int) Math.max(doubled, end));
    }
  }

  private void grow(int bytes) {
    Arena larger = Arena.ofShared();
    ByteBuffer copy =
        larger.allocate(bytes, Sector.BYTES).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    copy.put(0, buffer, 0, Math.min(at, buffer.capacity()));
    close();
    arena = larger;
    buffer = copy;
  }

  private void put(byte[] source, int count) {
    int from = 0;
    while (from < count) {
      if (at % Sector.BYTES == 0) {
        at += Sector.BODY_OFFSET;
      }
      int part = Math.min(count - from, Sector.BYTES - at % Sector.BYTES);
      buffer.put(at, source, from, part);
      at += part;
      from += part;
    }
  }

  /// The finished frame, ready to be written, and `padding` blank sectors behind it.
  ByteBuffer seal(int sequence, int frame, int padding) {
    int end = finish(padding);
    for (int from = START; from < end; from += Sector.BYTES) {
      sector.seal(buffer, from, sequence, frame, (end - from) / Sector.BYTES);
    }
    return buffer.clear().position(START).limit(end + padding * Sector.BYTES);
  }

  /// The finished frame as the first of a segment, after the segment's header.
  ByteBuffer sealFirst(SegmentHeader header, int padding) {
    header.writeTo(buffer, 0);
    int end = finish(padding);
    for (int from = 0; from < end; from += Sector.BYTES) {
      sector.seal(buffer, from, header.sequence(), 0, (end - from) / Sector.BYTES);
    }
    return buffer.clear().position(0).limit(end + padding * Sector.BYTES);
  }

  private int finish(int padding) {
    buffer.putInt(START + Sector.BODY_OFFSET, recordBytes);
    buffer.putInt(START + Sector.BODY_OFFSET + 4, records);
    buffer.putInt(START + Sector.BODY_OFFSET + 8, chainBefore);
    int end = START + sectors() * Sector.BYTES;
    for (int pad = at; pad < end + padding * Sector.BYTES; pad++) {
      buffer.put(pad, (byte) 0);
    }
    return end;
  }

  /// Forgets the records, which were written, and gives back what a large batch needed.
  void reset() {
    chainBefore = chain.value();
    at = FIRST_RECORD;
    records = 0;
    recordBytes = 0;
    buffer.clear();
    if (buffer.capacity() > 4L * baseBytes) {
      close(); // the next record allocates the usual size again
    }
  }

  @Override
  public void close() {
    if (arena != null) {
      arena.close();
    }
    arena = null;
    buffer = ByteBuffer.allocate(0);
  }
}
