package io.flotilla.node.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.DiskFile;
import io.flotilla.storage.file.Directories;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RetiredGroupsTest {
  private static final GroupId ONE = new GroupId(1);
  private static final GroupId TWO = new GroupId(2);
  private static final GroupId ROOT = GroupId.ROOT;

  private final SimDisk disk = new SimDisk();
  private final NodeFiles files = new NodeFiles(Path.of("/data"));
  private final RetiredGroups retired = new RetiredGroups(disk, files);

  private void make(GroupId group) throws IOException {
    Directories.createDurably(disk, files.wal(group));
    Directories.createDurably(disk, files.tree(group).getParent());
    write(files.wal(group).resolve("0000000001.wal"));
    write(files.wal(group).resolve("spare-0"));
    write(files.tree(group));
    disk.forceDirectory(files.wal(group));
    disk.forceDirectory(files.tree(group).getParent());
  }

  private void write(Path path) throws IOException {
    try (DiskFile file = disk.open(path)) {
      file.write(0, ByteBuffer.wrap(new byte[] {1}));
      file.force(true);
    }
  }

  @Test
  void removingLeavesAMarkAndNothingElse() throws IOException {
    make(ROOT);
    make(ONE);
    retired.remove(ONE);
    assertThat(disk.list(files.groups())).containsExactly("0", "1.retired");
    assertThat(retired.list()).containsExactly(ONE);
    retired.remove(ONE);
    assertThat(disk.list(files.groups())).containsExactly("0", "1.retired");
  }

  /// Whenever power fails: what a start finds is either whole or marked.
  @Test
  void theMarkIsDurableBeforeTheFirstFileGoes() throws IOException {
    for (int change = 1; change < 20; change++) {
      var test = new RetiredGroupsTest();
      test.make(ONE);
      test.disk.stopAt(test.disk.operations() + change);
      try {
        test.retired.remove(ONE);
      } catch (IOException powerFailed) {
        // where it was to fail
      }
      SimDisk after = test.disk.crash(new SplittableRandom(change));
      boolean whole =
          after.exists(test.files.tree(ONE))
              && after.exists(test.files.wal(ONE).resolve("0000000001.wal"));
      boolean marked = !new RetiredGroups(after, test.files).list().isEmpty();
      assertThat(whole || marked).as("power fails at operation %d", change).isTrue();
    }
  }

  @Test
  void leftoversOfGroupsThatNobodyNamesGo() throws IOException {
    make(ROOT);
    make(ONE);
    make(TWO);
    retired.removeLeftovers(Set.of(TWO)::contains, _ -> false);
    assertThat(disk.list(files.groups())).containsExactly("0", "2");
  }

  @Test
  void marksThatMayBeAskedForStay() throws IOException {
    make(ONE);
    make(TWO);
    retired.remove(ONE);
    retired.remove(TWO);
    retired.removeLeftovers(_ -> false, ONE::equals);
    assertThat(retired.list()).containsExactly(ONE);
    retired.removeLeftovers(ONE::equals, _ -> false);
    assertThat(retired.list()).as("named by a state that may be read again").containsExactly(ONE);
  }
}
