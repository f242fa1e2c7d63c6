package io.flotilla.placement.service;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.port.Clock;
import io.flotilla.base.port.DiskFile;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.shard.AppliedMark;
import io.flotilla.raft.snapshot.SnapshotFiles;
import io.flotilla.storage.backup.SnapshotDamagedException;
import io.flotilla.storage.backup.SnapshotReader;
import io.flotilla.storage.backup.SnapshotSource;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreePlace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A root state that was received. First a tree file beside the present one; committed, that file
/// in its place with a state in memory that nobody uses yet; installed, what is left of the state
/// that it replaced. On storage threads, except [#takePlaceOf].
final class ReceivedState implements StateMachine.Prepared {
  private final TreePlace place;
  private final Path built;
  private final RootConfig config;
  private final Clock clock;
  private final SnapshotMark mark;
  private boolean committed;
  // nobody's: read in and not installed, or replaced
  private @Nullable RootState state;

  private ReceivedState(
      TreePlace place, Path built, RootConfig config, Clock clock, SnapshotMark mark) {
    this.place = place;
    this.built = built;
    this.config = config;
    this.clock = clock;
    this.mark = mark;
  }

  /// Makes a tree file of the stream in `received` and reads what it contains.
  static ReceivedState build(TreePlace place, Path received, RootConfig config, Clock clock)
      throws IOException {
    Path built = SnapshotFiles.tree(received);
    try (DiskFile stream = place.disk().openForRead(received)) {
      SnapshotReader.restore(place.disk(), built, place.config(), source(stream));
    } catch (UncheckedIOException failure) {
      throw failure.getCause();
    }
    try {
      return new ReceivedState(place, built, config, clock, markOf(place, built, config, clock));
    } catch (IOException failure) {
      place.disk().delete(built);
      throw failure;
    } catch (IllegalStateException unknown) {
      place.disk().delete(built);
      throw new SnapshotDamagedException(0, String.valueOf(unknown.getMessage()));
    }
  }

  private static SnapshotSource source(DiskFile stream) {
    return new SnapshotSource() {
      private long position;

      @Override
      public int read(ByteBuffer target) throws IOException {
        int size = stream.read(position, target);
        position += size;
        return size == 0 ? -1 : size;
      }
    };
  }

  private static SnapshotMark markOf(TreePlace place, Path built, RootConfig config, Clock clock)
      throws IOException {
    try (TreeFile file = new TreePlace(place.disk(), built, place.config()).open()) {
      var found = RootState.open(file, config, null, clock.nanoTime());
      AppliedMark applied = found.keys.applied();
      found.keys.close();
      return new SnapshotMark(new EntryId(applied.term(), applied.index()), found.membership());
    }
  }

  @Override
  public SnapshotMark mark() {
    return mark;
  }

  @Override
  public void commit() throws IOException {
    check(!committed, "a state is committed once");
    committed = true;
    state = RootState.open(place.replaceBy(built), config, null, clock.nanoTime());
  }

  /// The committed state, for use from now on; this keeps the one before, until it is closed. On
  /// the loop.
  RootState takePlaceOf(RootState before) {
    RootState next = state;
    check(next != null, "a state is committed before it is installed");
    next.succeed(before);
    state = before;
    return next;
  }

  @Override
  public void close() throws IOException {
    RootState held = state;
    if (held != null) {
      state = null;
      held.close();
    } else if (!committed) {
      place.disk().delete(built);
    }
  }
}
