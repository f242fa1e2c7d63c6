package io.flotilla.loadtest.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.flotilla.loadtest.client.Endpoint;
import io.flotilla.loadtest.failover.WriteKeys.WriteId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// How gaps, late and failed writes are counted.
class RoundResultTest {
  private static final long MILLI = 1_000_000;

  @Test
  void aGapIsBetweenTwoAcknowledgements() {
    var acks = Acknowledgements.of(log(0, 10, 20, 80, 90, 100));
    assertThat(acks.longestGapNanos(0, 100 * MILLI)).isEqualTo(60 * MILLI);
    assertThat(acks.longestGapNanos(80 * MILLI, 100 * MILLI)).isEqualTo(10 * MILLI);
  }

  /// A gap that began before the time in question, or ends after it, counts as a whole.
  @Test
  void aGapThatReachesIntoTheTimeCountsAsAWhole() {
    var acks = Acknowledgements.of(log(0, 10, 20, 80, 90));
    assertThat(acks.longestGapNanos(50 * MILLI, 60 * MILLI)).isEqualTo(60 * MILLI);
    assertThat(acks.longestGapNanos(15 * MILLI, 30 * MILLI)).isEqualTo(60 * MILLI);
    assertThat(acks.longestGapNanos(20 * MILLI, 21 * MILLI)).isEqualTo(60 * MILLI);
  }

  @Test
  void withoutAcknowledgementsTheWholeTimeIsAGap() {
    assertThat(Acknowledgements.of(new WriteLog()).longestGapNanos(5, 12)).isEqualTo(7);
    var acks = Acknowledgements.of(log(10));
    assertThat(acks.longestGapNanos(4 * MILLI, 40 * MILLI)).isEqualTo(30 * MILLI);
  }

  @Test
  void aRoundCountsWhatWasKnownInIt() {
    WriteLog first = log(5, 10, 30);
    first.failed(first.begin(12 * MILLI), 20 * MILLI, "gone");
    first.failed(first.begin(12 * MILLI), 70 * MILLI, "after the end");
    WriteLog second = log(6, 50);
    var marks =
        new RoundMarks(
            3,
            0,
            15 * MILLI,
            40 * MILLI,
            45 * MILLI,
            60 * MILLI,
            Optional.of(new Endpoint("a", 1)),
            Optional.empty());
    RoundResult result = RoundResult.of(marks, List.of(first, second), 20);
    assertThat(result.number()).isEqualTo(3);
    assertThat(result.leaders()).isEqualTo("a:1 > none");
    assertThat(result.quietGapMillis()).isEqualTo(20); // from 10 to 30, it reaches into it
    assertThat(result.gapMillis()).isEqualTo(20);
    assertThat(result.returnGapMillis()).isEqualTo(20); // from 30 to 50
    assertThat(result.clientGapMillis()).isEqualTo(44); // the second one's from 6 to 50
    assertThat(result.failures()).containsExactly(Map.entry("gone", 1L));
    assertThat(result.late()).isEqualTo(2); // due at 0, known at 30 and 50
    assertThat(result.slowestMillis()).isEqualTo(50);
    assertThat(result.wholeMillis()).isEqualTo(5);
  }

  @Test
  void partsOfTheClientsHaveTheirOwnKeysAndGaps() {
    var parts = new KeyParts(new WriteKeys("p/", 40), 5, 2);
    assertThat(parts.borders()).containsExactly("p/0002/000000000");
    List<WriteLog> logs = List.of(log(5), log(10, 30), log(7), log(20), log(50));
    assertThat(parts.of(0, logs)).isEqualTo(logs.subList(0, 2));
    assertThat(parts.of(1, logs)).isEqualTo(logs.subList(2, 5));
    var marks =
        new RoundMarks(
            1, 0, 15 * MILLI, 40 * MILLI, 0, 60 * MILLI, Optional.empty(), Optional.empty());
    assertThat(PartGaps.of(1, parts.of(1, logs), List.of(marks)))
        .isEqualTo(new PartGaps(2, 13, 30, 30));
    assertThatThrownBy(() -> new KeyParts(new WriteKeys("p/", 40), 5, 6))
        .hasMessage("needs 1 to 5 parts");
  }

  @Test
  void aLogGrowsAndKeepsEveryWrite() {
    var log = new WriteLog();
    for (int i = 0; i < 10_000; i++) {
      log.acknowledged(log.begin(i), i + 1, i + 2);
    }
    assertThat(log.count()).isEqualTo(10_000);
    assertThat(log.dueNanos(9_999)).isEqualTo(9_999);
    assertThat(log.revision(9_999)).isEqualTo(10_001);
    assertThatThrownBy(() -> log.acknowledged(0, 1, 0)).hasMessageContaining("has a revision");
  }

  @Test
  void aKeyNamesItsWrite() {
    var keys = new WriteKeys("p/", 40);
    var write = new WriteId(7, 123);
    assertThat(keys.key(write).toStringUtf8()).isEqualTo("p/0007/000000123");
    assertThat(keys.parse(keys.key(write))).contains(write);
    assertThat(keys.value(write).size()).isEqualTo(40);
    assertThat(keys.value(write)).isNotEqualTo(keys.value(new WriteId(7, 124)));
    assertThat(keys.parse(new WriteKeys("q/", 1).key(write))).isEmpty();
    assertThat(keys.parse(ByteString.copyFromUtf8("p/0007x000000123"))).isEmpty();
  }

  /// One write for each time, in milliseconds, all due at 0.
  private static WriteLog log(long... doneMillis) {
    var log = new WriteLog();
    for (long done : doneMillis) {
      log.acknowledged(log.begin(0), done * MILLI, 1 + done);
    }
    return log;
  }
}
