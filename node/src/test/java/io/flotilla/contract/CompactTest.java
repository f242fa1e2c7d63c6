package io.flotilla.contract;

import static io.flotilla.contract.Refusal.assertRefused;
import static io.flotilla.contract.Requests.range;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.HashKVRequest;
import io.grpc.Status.Code;
import org.junit.jupiter.api.Test;

/// 2.7 and assertion 36; the watch side is in `WatchHistoryTest`.
class CompactTest extends ContractTest {
  private static final String COMPACTED = "etcdserver: mvcc: required revision has been compacted";
  private static final String FUTURE = "etcdserver: mvcc: required revision is a future revision";

  // Assertion 36.
  @Test
  void aRevisionIsCompactedOnce() {
    etcd.put(key("a"), "1");
    long current = etcd.put(key("a"), "2");
    assertRefused(Code.OUT_OF_RANGE, FUTURE, () -> etcd.compact(current + 1));
    assertThat(etcd.compact(current).getHeader().getRevision()).isEqualTo(current);
    assertRefused(Code.OUT_OF_RANGE, COMPACTED, () -> etcd.compact(current));
    assertRefused(Code.OUT_OF_RANGE, COMPACTED, () -> etcd.compact(current - 1));
    assertRefused(Code.OUT_OF_RANGE, COMPACTED, () -> etcd.compact(-1));
  }

  // 2.7 keeps.
  @Test
  void theNewestVersionOfEachKeyStays() {
    etcd.put(key("a"), "1");
    etcd.put(key("b"), "1");
    long deleted = etcd.delete(key("b"));
    long changed = etcd.put(key("a"), "2");
    etcd.put(key("c"), "1");
    var before = etcd.range(all().setRevision(changed)).getKvsList();
    etcd.compact(changed);
    var after = etcd.range(all().setRevision(changed));
    assertThat(after.getKvsList()).isEqualTo(before);
    assertThat(names(after.getKvsList())).containsExactly("a");
    assertThat(after.getKvs(0).getVersion()).isEqualTo(2);
    assertThat(names(pairs())).containsExactly("a", "c");
    assertRefused(Code.OUT_OF_RANGE, COMPACTED, () -> etcd.range(all().setRevision(deleted)));
    // A key whose history is gone starts again at version 1.
    etcd.put(key("b"), "again");
    assertThat(pair("b").getVersion()).isEqualTo(1);
  }

  // 2.7 physical.
  @Test
  void aPhysicalCompactionAnswersWhenDone() {
    for (int i = 0; i < 50; i++) {
      etcd.put(key("a"), "v" + i);
    }
    long current = etcd.put(key("a"), "last");
    var request = CompactionRequest.newBuilder().setRevision(current).setPhysical(true).build();
    var response = etcd.call(Rpc.COMPACT, request);
    assertThat(response.getHeader().getRevision()).isEqualTo(current);
    assertThat(etcd.range(range(key("a")).setRevision(current)).getKvs(0).getVersion())
        .isEqualTo(51);
    var hash = etcd.call(Rpc.HASH_KV, HashKVRequest.getDefaultInstance());
    assertThat(hash.getCompactRevision()).isEqualTo(current);
  }

  // 2.11 HashKV bounds.
  @Since(value = Dialect.V3_5, because = "the compacted revision itself cannot be hashed")
  @Test
  void hashKvHasTheBoundsOfReads() {
    long first = etcd.put(key("a"), "1");
    long second = etcd.put(key("a"), "2");
    etcd.call(
        Rpc.COMPACT, CompactionRequest.newBuilder().setRevision(second).setPhysical(true).build());
    assertRefused(Code.OUT_OF_RANGE, FUTURE, () -> hash(second + 1));
    assertRefused(Code.OUT_OF_RANGE, COMPACTED, () -> hash(first));
    int atSecond = hash(second);
    long third = etcd.put(key("a"), "3");
    assertThat(hash(second)).isEqualTo(atSecond);
    assertThat(hash(third)).isEqualTo(hash(0)).isNotEqualTo(atSecond);
  }

  private int hash(long revision) {
    var request = HashKVRequest.newBuilder().setRevision(revision).build();
    return etcd.call(Rpc.HASH_KV, request).getHash();
  }

  // 2.11 HashKV answer.
  @Since(value = Dialect.V3_6, because = "the field does not exist")
  @Test
  void hashKvNamesItsRevision() {
    long current = etcd.put(key("a"), "1");
    etcd.put(key("a"), "2");
    var request = HashKVRequest.newBuilder().setRevision(current).build();
    var response = etcd.call(Rpc.HASH_KV, request);
    assertThat(response.getHashRevision()).isEqualTo(current);
    assertThat(response.getHeader().getRevision()).isEqualTo(current + 1);
  }
}
