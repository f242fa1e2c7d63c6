package io.flotilla.storage.mvcc;

/// The protobuf bytes of etcd's `mvccpb.KeyValue`, field by field in number order, zero and empty
/// fields left out: key 1, create_revision 2, mod_revision 3, version 4, value 5, lease 6.
///
/// Written by hand because storage knows no protobuf; the hash of a store is defined over it.
final class KeyValueProto {
  private static final int VARINT = 0;
  private static final int BYTES = 2;
  private static final int MAX_VARINT_SIZE = 10;
  /// Most bytes of everything but key and value.
  private static final int FRAME_SIZE = 6 * (1 + MAX_VARINT_SIZE);

  private byte[] buffer = new byte[512];
  private int size;

  /// The encoded bytes; only the first [#size] count, until the next call.
  byte[] buffer() {
    return buffer;
  }

  int size() {
    return size;
  }

  /// Encodes everything up to the value's own bytes.
  void beginPut(RecordCursor record) {
    start(record);
    number(2, record.createRevision());
    number(3, record.main());
    number(4, record.version());
    int valueLength = record.valueLength();
    if (valueLength > 0) {
      tag(5, BYTES);
      varint(valueLength);
    }
  }

  /// Encodes what follows the value's own bytes.
  void endPut(RecordCursor record) {
    size = 0;
    number(6, record.lease());
  }

  /// Encodes what etcd stores for a delete: the key alone.
  void tombstone(RecordCursor record) {
    start(record);
  }

  private void start(RecordCursor record) {
    int length = record.keyLength();
    buffer = Bytes.atLeast(buffer, FRAME_SIZE + length);
    size = 0;
    tag(1, BYTES);
    varint(length);
    record.copyKey(buffer, size);
    size += length;
  }

  private void number(int field, long value) {
    if (value != 0) {
      tag(field, VARINT);
      varint(value);
    }
  }

  private void tag(int field, int wireType) {
    varint(field << 3 | wireType);
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      buffer[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    buffer[size++] = (byte) rest;
  }
}
