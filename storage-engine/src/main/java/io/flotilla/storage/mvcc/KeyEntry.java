package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;
import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.storage.btree.Cursor;

/// A value of the tree `keys`: where the newest record of a user key is and what it says.
/// Mutable, so that one instance serves many reads. Big-endian, format version 1.
///
///     | flags 1 | main 8 | sub 4 | create 8 | version 8 | lease 8 | link, if CHAINED |
///     link: | depth 8 | jump main 8 | jump sub 4 | leap sub 4 | leap main 8 |
///
/// Flags are those of [RecordLayout]. `leap` is the jump of the record that `jump` points to; see
/// [Chain].
final class KeyEntry {
  static final int MAIN_OFFSET = 1;
  static final int SUB_OFFSET = MAIN_OFFSET + Long.BYTES;
  private static final int CREATE_OFFSET = SUB_OFFSET + Integer.BYTES;
  private static final int VERSION_OFFSET = CREATE_OFFSET + Long.BYTES;
  private static final int LEASE_OFFSET = VERSION_OFFSET + Long.BYTES;
  private static final int BARE_SIZE = LEASE_OFFSET + Long.BYTES;
  private static final int DEPTH_OFFSET = BARE_SIZE;
  static final int JUMP_MAIN_OFFSET = DEPTH_OFFSET + Long.BYTES;
  static final int SUBS_OFFSET = JUMP_MAIN_OFFSET + Long.BYTES;
  static final int LEAP_MAIN_OFFSET = SUBS_OFFSET + 2 * Integer.BYTES;
  static final int MAX_SIZE = LEAP_MAIN_OFFSET + Long.BYTES;

  static {
    check(BARE_SIZE == 37, "the entry of a key with one record is 37 bytes in format version 1");
    check(MAX_SIZE == 69, "the longest entry is 69 bytes in format version 1");
  }

  boolean tombstone;
  long main;
  int sub;
  long create;
  long version;
  long lease;
  long depth;
  long jumpMain;
  int jumpSub;
  long leapMain;
  int leapSub;

  /// Whether the records of this key go back further than the newest.
  boolean chained() {
    return depth > 1;
  }

  void read(Cursor keys) {
    int flags = keys.valueByte(0);
    tombstone = (flags & RecordLayout.TOMBSTONE) != 0;
    main = keys.valueLong(MAIN_OFFSET);
    sub = (int) (keys.valueLong(SUB_OFFSET) >>> Integer.SIZE);
    create = keys.valueLong(CREATE_OFFSET);
    version = keys.valueLong(VERSION_OFFSET);
    lease = keys.valueLong(LEASE_OFFSET);
    if ((flags & RecordLayout.CHAINED) != 0) {
      checkEqual(keys.valueLength(), MAX_SIZE, "length of a chained index entry");
      readLink(keys);
    } else {
      checkEqual(keys.valueLength(), BARE_SIZE, "length of a bare index entry");
      clearLink();
    }
  }

  private void readLink(Cursor keys) {
    depth = keys.valueLong(DEPTH_OFFSET);
    jumpMain = keys.valueLong(JUMP_MAIN_OFFSET);
    long subs = keys.valueLong(SUBS_OFFSET);
    jumpSub = (int) (subs >>> Integer.SIZE);
    leapSub = (int) subs;
    leapMain = keys.valueLong(LEAP_MAIN_OFFSET);
  }

  /// Makes the next record written the first of its key.
  void startChain() {
    depth = 0;
    main = Chain.NONE;
    sub = 0;
    tombstone = true;
    create = 0;
    version = 0;
    lease = 0;
    clearPointers();
  }

  /// Says what a record says, as the newest one of its key. The leap is left open.
  void standOn(RecordCursor record) {
    tombstone = record.tombstone();
    main = record.main();
    sub = record.sub();
    create = record.createRevision();
    version = record.version();
    lease = record.lease();
    depth = record.depth();
    jumpMain = record.jumpMain();
    jumpSub = record.jumpSub();
  }

  private void clearLink() {
    depth = 1;
    clearPointers();
  }

  private void clearPointers() {
    jumpMain = Chain.NONE;
    jumpSub = 0;
    leapMain = Chain.NONE;
    leapSub = 0;
  }

  /// Writes this entry to the front of `to` and returns its length.
  int write(byte[] to) {
    checkAtMost(1, depth, "a written entry has a record");
    checkAtMost(leapMain, jumpMain, "leap <= jump");
    checkAtMost(jumpMain, main, "jump <= newest");
    int flags = (tombstone ? RecordLayout.TOMBSTONE : 0) | (chained() ? RecordLayout.CHAINED : 0);
    to[0] = (byte) flags;
    Bytes.putLong(to, MAIN_OFFSET, main);
    Bytes.putInt(to, SUB_OFFSET, sub);
    Bytes.putLong(to, CREATE_OFFSET, create);
    Bytes.putLong(to, VERSION_OFFSET, version);
    Bytes.putLong(to, LEASE_OFFSET, lease);
    if (!chained()) {
      return BARE_SIZE;
    }
    Bytes.putLong(to, DEPTH_OFFSET, depth);
    Bytes.putLong(to, JUMP_MAIN_OFFSET, jumpMain);
    Bytes.putInt(to, SUBS_OFFSET, jumpSub);
    Bytes.putInt(to, SUBS_OFFSET + Integer.BYTES, leapSub);
    Bytes.putLong(to, LEAP_MAIN_OFFSET, leapMain);
    return MAX_SIZE;
  }

  KeyMeta meta() {
    check(!tombstone, "only a live key has meta");
    return new KeyMeta(create, main, version, lease);
  }
}
