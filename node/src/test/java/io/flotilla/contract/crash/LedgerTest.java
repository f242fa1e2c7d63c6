package io.flotilla.contract.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.Event.EventType;
import io.flotilla.proto.mvcc.KeyValue;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The judge catches what it is there for.
class LedgerTest {
  private final Ledger ledger = new Ledger();

  @BeforeEach
  void twoWritesAreKnownAndOneIsInDoubt() {
    ledger.acknowledge(2, write("a", "1"));
    ledger.acknowledge(3, write("b", "1"));
    ledger.doubt(write("a", "2"));
  }

  private static Write write(String key, String value) {
    return new Write(List.of(change(key, value)));
  }

  private static Write.Change change(String key, String value) {
    return new Write.Change(
        ByteString.copyFromUtf8(key), Optional.of(ByteString.copyFromUtf8(value)));
  }

  private static Event event(long revision, String key, String value) {
    return Event.newBuilder().setKv(pair(key, value, revision, revision, 0)).build();
  }

  private static KeyValue pair(String key, String value, long created, long changed, long version) {
    return KeyValue.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setValue(ByteString.copyFromUtf8(value))
        .setCreateRevision(created)
        .setModRevision(changed)
        .setVersion(version)
        .build();
  }

  private void broken(String text, long current, Event... history) {
    assertThatThrownBy(() -> ledger.settle(2, current, List.of(history)))
        .isInstanceOf(Ledger.Violation.class)
        .hasMessageContaining(text);
  }

  @Test
  void aDoubtMayHaveHappened() {
    assertThat(
            ledger.settle(
                2, 4, List.of(event(2, "a", "1"), event(3, "b", "1"), event(4, "a", "2"))))
        .isEqualTo(1);
    ledger.checkPairs(List.of(pair("a", "2", 2, 4, 2), pair("b", "1", 3, 3, 1)));
    assertThat(ledger.doubts()).isZero();
  }

  @Test
  void aDoubtMayNotHaveHappened() {
    assertThat(ledger.settle(2, 3, List.of(event(2, "a", "1"), event(3, "b", "1")))).isZero();
    ledger.checkPairs(List.of(pair("a", "1", 2, 2, 1), pair("b", "1", 3, 3, 1)));
  }

  @Test
  void aLostWriteIsSeen() {
    broken("is lost", 2, event(2, "a", "1"));
  }

  @Test
  void aChangedWriteIsSeen() {
    broken("revision 3 was", 3, event(2, "a", "1"), event(3, "b", "other"));
  }

  @Test
  void aHoleIsSeen() {
    broken("revision 2 has no events", 3, event(3, "b", "1"));
  }

  @Test
  void aPhantomIsSeen() {
    broken("nobody wrote", 4, event(2, "a", "1"), event(3, "b", "1"), event(4, "c", "1"));
  }

  @Test
  void aDoubtThatHappenedTwiceIsSeen() {
    broken(
        "nobody wrote",
        5,
        event(2, "a", "1"),
        event(3, "b", "1"),
        event(4, "a", "2"),
        event(5, "a", "2"));
  }

  @Test
  void aTornTransactionIsSeen() {
    ledger.doubt(new Write(List.of(change("x", "1"), change("y", "1"))));
    broken("nobody wrote", 4, event(2, "a", "1"), event(3, "b", "1"), event(4, "x", "1"));
  }

  @Test
  void aDoubleRevisionIsSeen() {
    assertThatThrownBy(() -> ledger.acknowledge(3, write("c", "1")))
        .isInstanceOf(Ledger.Violation.class);
  }

  @Test
  void aWrongPairIsSeen() {
    ledger.settle(2, 3, List.of(event(2, "a", "1"), event(3, "b", "1")));
    assertThatThrownBy(() -> ledger.checkPairs(List.of(pair("a", "1", 2, 2, 1))))
        .isInstanceOf(Ledger.Violation.class);
    assertThatThrownBy(
            () -> ledger.checkPairs(List.of(pair("a", "1", 2, 2, 2), pair("b", "1", 3, 3, 1))))
        .isInstanceOf(Ledger.Violation.class);
  }

  @Test
  void deletesAreReplayed() {
    ledger.acknowledge(
        4, new Write(List.of(new Write.Change(ByteString.copyFromUtf8("a"), Optional.empty()))));
    assertThat(ledger.exists(ByteString.copyFromUtf8("a"))).isFalse();
    var deleted =
        Event.newBuilder()
            .setType(EventType.DELETE)
            .setKv(KeyValue.newBuilder().setKey(ByteString.copyFromUtf8("a")).setModRevision(4))
            .build();
    ledger.settle(2, 4, List.of(event(2, "a", "1"), event(3, "b", "1"), deleted));
    ledger.checkPairs(List.of(pair("b", "1", 3, 3, 1)));
  }
}
