package io.flotilla.contract.crash;

import com.google.protobuf.ByteString;
import io.flotilla.contract.Etcd;
import io.flotilla.contract.Requests;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/// One client that writes to its own keys, one write at a time, until the server dies. Runs on its
/// own thread; the results are read after the thread ended.
final class Writer implements Runnable {
  private static final int KEYS = 12;
  /// Answers of a dying server: the write may or may not exist.
  private static final Set<Code> DYING =
      Set.of(Code.UNAVAILABLE, Code.CANCELLED, Code.DEADLINE_EXCEEDED, Code.UNKNOWN, Code.INTERNAL);

  private final String name;
  private final Etcd etcd;
  private final Random random;
  private final Set<ByteString> live;
  private final CountDownLatch started;
  private final Map<Long, Write> acknowledged = new LinkedHashMap<>();
  private Optional<Write> inDoubt = Optional.empty();
  private Optional<Throwable> trouble = Optional.empty();
  private int count;

  /// @param live the client's keys that exist; owned by the writer from now on
  /// @param started counted down with the first answer, or with the end
  Writer(String name, Etcd etcd, Random random, Set<ByteString> live, CountDownLatch started) {
    this.name = name;
    this.etcd = etcd;
    this.random = random;
    this.live = live;
    this.started = started;
  }

  /// The keys that a writer of this name uses, in their order.
  static List<ByteString> keys(String name) {
    var keys = new ArrayList<ByteString>();
    for (int i = 0; i < KEYS; i++) {
      keys.add(Requests.bytes("kill/" + name + "/" + (char) ('a' + i)));
    }
    return keys;
  }

  Map<Long, Write> acknowledged() {
    return acknowledged;
  }

  Optional<Write> inDoubt() {
    return inDoubt;
  }

  /// What ended the writer other than the server's death.
  Optional<Throwable> trouble() {
    return trouble;
  }

  @Override
  public void run() {
    var keys = keys(name);
    try {
      while (inDoubt.isEmpty()) {
        attempt(next(keys));
        started.countDown();
      }
    } catch (RuntimeException | AssertionError failure) {
      trouble = Optional.of(failure);
    } finally {
      started.countDown();
    }
  }

  private void attempt(Write write) {
    try {
      long revision = send(write);
      acknowledged.put(revision, write);
      for (var change : write.changes()) {
        if (change.value().isPresent()) {
          live.add(change.key());
        } else {
          live.remove(change.key());
        }
      }
    } catch (StatusRuntimeException failure) {
      if (!DYING.contains(failure.getStatus().getCode())) {
        throw failure;
      }
      inDoubt = Optional.of(write);
    }
  }

  private long send(Write write) {
    if (write.changes().size() > 1) {
      return etcd.txn(write.transaction()).getHeader().getRevision();
    }
    var change = write.changes().getFirst();
    if (change.value().isPresent()) {
      var put = Requests.put(change.key(), "").setValue(change.value().get());
      return etcd.put(put).getHeader().getRevision();
    }
    var deleted = etcd.delete(Requests.delete(change.key()));
    if (deleted.getDeleted() != 1) {
      throw new Ledger.Violation(change.key().toStringUtf8() + " was there and cannot be deleted");
    }
    return deleted.getHeader().getRevision();
  }

  private Write next(List<ByteString> keys) {
    int choice = random.nextInt(10);
    if (choice < 6) {
      return new Write(List.of(put(keys.get(random.nextInt(keys.size())))));
    }
    if (choice < 8 && !live.isEmpty()) {
      var victim = live.stream().skip(random.nextInt(live.size())).findFirst().orElseThrow();
      return new Write(List.of(new Write.Change(victim, Optional.empty())));
    }
    int first = random.nextInt(keys.size() - 2);
    return new Write(
        List.of(put(keys.get(first)), put(keys.get(first + 1)), put(keys.get(first + 2))));
  }

  private Write.Change put(ByteString key) {
    int padding = random.nextInt(50) == 0 ? 20_000 : random.nextInt(200);
    // Unique, so that a write in doubt is recognised.
    var text = name + "-" + Long.toHexString(random.nextLong()) + "-" + count++;
    return new Write.Change(key, Optional.of(Requests.bytes(text + "x".repeat(padding))));
  }
}
