package io.flotilla.node.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.node.storage.DroppedReplicas.Dropped;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DroppedReplicasTest {
  private static final GroupId ONE = new GroupId(1);
  private static final GroupId TWELVE = new GroupId(12);
  private static final Dropped GONE = new Dropped(false, 3, 17, new NodeId(-5));

  private final SimDisk disk = new SimDisk();
  private final NodeFiles files = new NodeFiles(Path.of("/data"));
  private final DroppedReplicas dropped = new DroppedReplicas(disk, files);

  @Test
  void whatWasWrittenIsReadAgain() throws IOException {
    assertThat(dropped.list()).isEmpty();
    dropped.write(TWELVE, GONE);
    dropped.write(ONE, new Dropped(false, 1, 0, NodeId.NONE));
    dropped.write(ONE, GONE.backAt(9));
    assertThat(dropped.list())
        .isEqualTo(Map.of(ONE, new Dropped(true, 9, 17, new NodeId(-5)), TWELVE, GONE));
    dropped.forget(ONE);
    dropped.forget(ONE);
    assertThat(dropped.list()).containsOnlyKeys(TWELVE);
    assertThat(files.listGroups(disk)).as("they are no directories of groups").isEmpty();
  }

  @Test
  void aDamagedFileIsNoticed() throws IOException {
    dropped.write(ONE, GONE);
    Path file = files.groups().resolve("1.dropped");
    for (int at = 0; at < disk.bytes(file).length - 1; at++) {
      disk.flipBit(file, at, 0);
      assertThatThrownBy(dropped::list).as("byte %s", at).isInstanceOf(CorruptionException.class);
      disk.flipBit(file, at, 0);
    }
    assertThat(dropped.list()).containsOnlyKeys(ONE);
  }
}
