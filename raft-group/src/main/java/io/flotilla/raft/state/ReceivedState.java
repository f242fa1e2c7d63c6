package io.flotilla.raft.state;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.port.DiskFile;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.host.StateMachine;
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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A state that was received. First a tree file beside the present one; committed, that file in its
/// place with a state in memory that nobody uses yet; installed, what is left of the state that it
/// replaced. On storage threads, except [#takePlaceOf].
public final class ReceivedState<S extends GroupState> implements StateMachine.Prepared {
  private static final Logger LOG = LoggerFactory.getLogger(ReceivedState.class);

  private final TreePlace place;
  private final Path built;
  private final Function<TreeFile, S> opener;
  private final SnapshotMark mark;
  private boolean committed;
  // nobody's: read in and not installed, or replaced
  private @Nullable S state;

  private ReceivedState(
      TreePlace place, Path built, Function<TreeFile, S> opener, SnapshotMark mark) {
    this.place = place;
    this.built = built;
    this.opener = opener;
    this.mark = mark;
  }

  /// Removes what was being received when the process ended. It costs room and nothing else, so a
  /// failure is no reason not to start.
  ///
  /// @param place of the present state
  public static void deleteLeftovers(TreePlace place) {
    try {
      SnapshotFiles.deleteLeftovers(place.disk(), place.directory());
    } catch (IOException failure) {
      LOG.atWarn()
          .addKeyValue("event", "leftovers-not-deleted")
          .log("files of an interrupted transfer stay in {}: {}", place.directory(), failure);
    }
  }

  /// Makes a tree file of the stream in `received` and reads what it contains.
  ///
  /// @param place of the present state
  /// @param opener reads a state from its file, which it closes with the state
  /// @throws SnapshotDamagedException when the stream is not what was sent
  public static <S extends GroupState> ReceivedState<S> build(
      TreePlace place, Path received, Function<TreeFile, S> opener) throws IOException {
    Path built = SnapshotFiles.tree(received);
    try (DiskFile stream = place.disk().openForRead(received)) {
      SnapshotReader.restore(place.disk(), built, place.config(), source(stream));
    } catch (UncheckedIOException failure) {
      throw failure.getCause();
    }
    try {
      return new ReceivedState<>(place, built, opener, markOf(place, built, opener));
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

  private static <S extends GroupState> SnapshotMark markOf(
      TreePlace place, Path built, Function<TreeFile, S> opener) throws IOException {
    TreeFile file = new TreePlace(place.disk(), built, place.config()).open();
    S found;
    try {
      found = opener.apply(file);
    } catch (IllegalStateException unknown) {
      file.close();
      throw unknown;
    }
    var mark = new SnapshotMark(found.applied(), found.membership());
    found.close();
    return mark;
  }

  @Override
  public SnapshotMark mark() {
    return mark;
  }

  @Override
  public void commit() throws IOException {
    check(!committed, "a state is committed once");
    committed = true;
    state = opener.apply(place.replaceBy(built));
  }

  /// The committed state, for use from now on; this keeps the one before, until it is closed. On
  /// the loop.
  public S takePlaceOf(S before) {
    S next = state;
    check(next != null, "a state is committed before it is installed");
    state = before;
    return next;
  }

  @Override
  public void close() throws IOException {
    S held = state;
    if (held != null) {
      state = null;
      held.close();
    } else if (!committed) {
      place.disk().delete(built);
    }
  }
}
