package io.flotilla.node.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.EntryKind;
import io.flotilla.raft.core.HardState;
import io.flotilla.raft.log.RecoveredLog;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A log after 2/10 with the entries 2/11, 3/12 and 3/13.
class LogFitTest {
  private static final RecoveredLog LOG = log(id(2, 10), id(2, 11), id(3, 12), id(3, 13));

  @Test
  void stateThatTheLogHoldsFits() {
    assertThat(LogFit.of(LOG, id(2, 10))).isEqualTo(new LogFit.Follows());
    assertThat(LogFit.of(LOG, id(2, 11))).isEqualTo(new LogFit.Follows());
    assertThat(LogFit.of(LOG, id(3, 13))).isEqualTo(new LogFit.Follows());
    assertThat(LogFit.of(log(EntryId.ZERO), EntryId.ZERO)).isEqualTo(new LogFit.Follows());
  }

  @Test
  void stateBehindTheLogIsBroken() {
    assertThat(LogFit.of(LOG, id(2, 9)))
        .isEqualTo(
            new LogFit.Broken("the state ends with entry 2/9, but the log begins after 2/10"));
    assertThat(LogFit.of(LOG, EntryId.ZERO)).isInstanceOf(LogFit.Broken.class);
  }

  /// What a log begins after was in a checkpoint, so it was committed: no other entry can be there.
  @Test
  void otherEntryAtTheLogsStartIsBroken() {
    assertThat(LogFit.of(LOG, id(1, 10))).isInstanceOf(LogFit.Broken.class);
  }

  /// As after a crash between taking over a state and beginning the log anew.
  @Test
  void stateThatTheLogDoesNotHoldReplacesIt() {
    assertThat(LogFit.of(LOG, id(3, 14))).isInstanceOf(LogFit.Replaced.class);
    assertThat(LogFit.of(LOG, id(4, 12))).isInstanceOf(LogFit.Replaced.class);
    assertThat(LogFit.of(LOG, id(5, 1L << 40))).isInstanceOf(LogFit.Replaced.class);
  }

  private static EntryId id(long term, long index) {
    return new EntryId(term, index);
  }

  private static RecoveredLog log(EntryId mark, EntryId... ids) {
    List<Entry> entries = new ArrayList<>();
    for (EntryId id : ids) {
      entries.add(new Entry(id.term(), id.index(), EntryKind.EMPTY, new byte[0]));
    }
    return new RecoveredLog(HardState.FRESH, mark, entries);
  }
}
