package io.flotilla.node.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.DiskFile;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.host.Peers;
import io.flotilla.storage.file.NioDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FaultsTest {
  @TempDir Path directory;

  private static Properties properties(String... pairs) {
    var properties = new Properties();
    for (int i = 0; i < pairs.length; i += 2) {
      properties.setProperty("flotilla.fault." + pairs[i], pairs[i + 1]);
    }
    return properties;
  }

  @Test
  void withoutPropertiesNothingIsWrapped() {
    var disk = new NioDisk();
    assertThat(Faults.of(properties()).on(disk)).isSameAs(disk);
    Peers peers = Peers.nobody();
    assertThat(Faults.of(properties()).on(peers, "m0")).isSameAs(peers);
  }

  @Test
  void aDelayIsMadeOfAFixedPartAndOneForTheBytes() {
    var faults = Faults.of(properties("log-force-micros", "500", "log-bytes-per-second", "1000"));
    assertThat(faults.delay().nanos(0)).isEqualTo(500_000);
    assertThat(faults.delay().nanos(250)).isEqualTo(250_500_000);
    assertThat(new LogDelay(0, 0).nanos(1L << 40)).isZero();
    assertThatThrownBy(() -> Faults.of(properties("log-force-micros", "1ms")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("flotilla.fault.log-force-micros");
  }

  @Test
  void onlyLogsAreSlowAndByWhatWasWrittenSinceTheLastForce() throws IOException {
    var disk = Faults.of(properties("log-bytes-per-second", "100000")).on(new NioDisk());
    Path logs = directory.resolve("groups/1/wal");
    disk.createDirectories(logs);
    try (DiskFile log = disk.open(logs.resolve("1"));
        DiskFile tree = disk.open(directory.resolve("db"))) {
      log.write(0, ByteBuffer.allocate(8_000).put(4_999, (byte) 1));
      tree.write(0, ByteBuffer.allocate(5_000));
      long start = System.nanoTime();
      log.force(false);
      assertThat(System.nanoTime() - start)
          .as("5,000 bytes, and blanks behind them that cost nothing")
          .isGreaterThanOrEqualTo(50_000_000);
      assertThat(log.size()).isEqualTo(8_000);
      assertThat(tree.getClass()).as("a tree's file is as it is").isNotEqualTo(log.getClass());
    }
  }

  @Test
  void theFileSaysForWhichGroupsAMemberIsMute() throws IOException {
    Path file = directory.resolve("mute");
    var groups = new MuteGroups(file, "m1");
    groups.read();
    assertThat(groups.test(new GroupId(3))).isFalse();
    Files.writeString(file, "m0 1\nm1 3\n  m1   12 \nm1 x\nm1\nm1 4 5\n");
    groups.read();
    assertThat(groups.test(new GroupId(3))).isTrue();
    assertThat(groups.test(new GroupId(12))).isTrue();
    assertThat(groups.test(new GroupId(1))).isFalse();
    assertThat(groups.test(new GroupId(4))).isFalse();
    Files.delete(file);
    groups.read();
    assertThat(groups.test(new GroupId(3))).isFalse();
  }

  @Test
  void aMuteGroupSaysNothingButAsksForStates() {
    List<Message> sent = new ArrayList<>();
    var peers =
        new Peers() {
          @Override
          public void send(GroupId group, NodeId to, List<Message> messages) {
            sent.addAll(messages);
          }

          @Override
          public void install(GroupId group, SnapshotMark mark, Runnable installed) {
            installed.run();
          }
        };
    var mute = new MutePeers(peers, group -> group.value() == 1);
    var self = new NodeId(1);
    Message heartbeat = new Message.Heartbeat(self, 1, 0, 0, false);
    var mark = new SnapshotMark(new EntryId(1, 1), Membership.ofVoters(List.of(self)));
    Message state = new Message.InstallSnapshot(self, 1, mark);
    mute.send(new GroupId(1), new NodeId(2), List.of(heartbeat, state));
    assertThat(sent).containsExactly(state);
    mute.send(new GroupId(2), new NodeId(2), List.of(heartbeat));
    assertThat(sent).containsExactly(state, heartbeat);
  }
}
