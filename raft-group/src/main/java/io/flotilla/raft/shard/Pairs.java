package io.flotilla.raft.shard;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.storage.mvcc.KeyMeta;
import io.flotilla.storage.mvcc.KeyValue;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Between the store's pairs and protobuf's, without copying bytes where neither side changes them.
final class Pairs {
  private static final byte[] EMPTY = {};

  private Pairs() {}

  static Key key(ByteString bytes) {
    return Key.of(array(bytes));
  }

  /// The interval that etcd's pair of fields means.
  static KeyRange range(ByteString key, ByteString rangeEnd) {
    return KeyRange.ofEtcd(array(key), array(rangeEnd));
  }

  /// The string's own array if it has one of exactly its size, else a copy; read only.
  static byte[] array(ByteString bytes) {
    if (bytes.isEmpty()) {
      return EMPTY;
    }
    var taker = new ArrayTaker(bytes.size());
    try {
      UnsafeByteOperations.unsafeWriteTo(bytes, taker);
    } catch (IOException e) {
      throw new IllegalStateException("memory cannot fail to be read", e);
    }
    return taker.taken;
  }

  static ByteString wrap(byte[] bytes) {
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  static KeyMeta meta(KeyValue pair) {
    return new KeyMeta(pair.createRevision(), pair.modRevision(), pair.version(), pair.lease());
  }

  static io.flotilla.proto.mvcc.KeyValue message(KeyValue pair) {
    return message(pair.key(), meta(pair), pair.value());
  }

  static io.flotilla.proto.mvcc.KeyValue message(Key key, KeyMeta meta, byte[] value) {
    return io.flotilla.proto.mvcc.KeyValue.newBuilder()
        .setKey(wrap(key.bytes()))
        .setCreateRevision(meta.createRevision())
        .setModRevision(meta.modRevision())
        .setVersion(meta.version())
        .setValue(wrap(value))
        .setLease(meta.lease())
        .build();
  }

  /// Receives the pieces of a byte string.
  private static final class ArrayTaker extends ByteOutput {
    private final int size;
    private byte[] taken = EMPTY;
    private int filled;

    ArrayTaker(int size) {
      this.size = size;
    }

    private void add(byte[] from, int offset, int length) {
      if (filled == 0) {
        taken = new byte[size];
      }
      System.arraycopy(from, offset, taken, filled, length);
      filled += length;
    }

    @Override
    public void write(byte value) {
      add(new byte[] {value}, 0, 1);
    }

    @Override
    public void write(byte[] value, int offset, int length) {
      add(value, offset, length);
    }

    @Override
    public void writeLazy(byte[] value, int offset, int length) {
      if (length == size && value.length == size) {
        taken = value;
        filled = size;
      } else {
        add(value, offset, length);
      }
    }

    @Override
    public void write(ByteBuffer value) {
      byte[] piece = new byte[value.remaining()];
      value.duplicate().get(piece);
      add(piece, 0, piece.length);
    }

    @Override
    public void writeLazy(ByteBuffer value) {
      write(value);
    }
  }
}
