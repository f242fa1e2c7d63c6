package io.flotilla.node.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.Key;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Disk;
import io.flotilla.placement.member.Member;
import io.flotilla.storage.file.NioDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdentityTest {
  private final Disk disk = new NioDisk();

  @TempDir Path directory;

  @Test
  void theOriginIsReadAsItWasWritten() throws IOException {
    for (Origin.Kind kind : List.of(Origin.Kind.FOUNDED, Origin.Kind.JOINED)) {
      var origin =
          new Origin(
              kind,
              List.of(
                  new Member(new NodeId(5), "a b=ü", List.of("http://h:1"), List.of(), false),
                  new Member(
                      new NodeId(-6),
                      "-",
                      List.of("http://[::1]:2", "https://x_y:3"),
                      List.of(),
                      true),
                  Member.added(new NodeId(7), List.of("http://z:1"), false)));
      var identity = new Identity(-1, new NodeId(5), origin);
      assertThat(reread(identity)).isEqualTo(identity);
    }
  }

  @Test
  void anIdentityWithoutAnOriginIsReadAsItWasWritten() throws IOException {
    var identity = new Identity(1, new NodeId(2));
    assertThat(reread(identity)).isEqualTo(identity);
    assertThat(Files.readString(file())).startsWith("format 1\n");
  }

  /// A version that knows one shard only reads what it can serve, and nothing else.
  @Test
  void shardsOfFoundersAreReadAsTheyWereWritten() throws IOException {
    List<Member> members = List.of(Member.added(new NodeId(7), URLS, false));
    var one = new Identity(1, new NodeId(7), new Origin(Origin.Kind.FOUNDED, members));
    assertThat(reread(one)).isEqualTo(one);
    assertThat(Files.readString(file())).startsWith("format 2\n");
    List<Key> keys = List.of(Key.of(new byte[] {0, -1}), Key.utf8("k"));
    var many = new Identity(1, new NodeId(7), new Origin(Origin.Kind.FOUNDED, members, keys));
    assertThat(reread(many)).isEqualTo(many);
    assertThat(Files.readString(file()))
        .startsWith("format 3\n")
        .contains("\nshard 00ff\nshard 6b\n");
  }

  @Test
  void theNumberOfReplicasIsReadAsItWasWritten() throws IOException {
    List<Member> members = List.of(Member.added(new NodeId(7), URLS, false));
    var origin = new Origin(Origin.Kind.FOUNDED, members, List.of(Key.utf8("k")), 3);
    var identity = new Identity(1, new NodeId(7), origin);
    assertThat(reread(identity)).isEqualTo(identity);
    assertThat(Files.readString(file())).startsWith("format 4\n").contains("\nreplicas 3\n");
  }

  @Test
  void aChangedLetterIsNoticed() throws IOException {
    var origin = new Origin(Origin.Kind.FOUNDED, List.of(Member.added(new NodeId(7), URLS, false)));
    reread(new Identity(1, new NodeId(7), origin));
    String text = Files.readString(file());
    for (int i = 0; i < text.length() - 1; i++) {
      char other = text.charAt(i) == 'e' ? 'f' : 'e';
      Files.writeString(file(), text.substring(0, i) + other + text.substring(i + 1));
      assertThatThrownBy(() -> Identity.read(disk, file()))
          .as("letter %s", i)
          .isInstanceOf(CorruptionException.class);
    }
  }

  private static final List<String> URLS = List.of("http://z:1");

  private Identity reread(Identity identity) throws IOException {
    identity.write(disk, file());
    return Identity.read(disk, file());
  }

  private Path file() {
    return directory.resolve("identity");
  }
}
