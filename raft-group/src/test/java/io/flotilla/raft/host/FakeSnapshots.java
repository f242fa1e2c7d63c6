package io.flotilla.raft.host;

import io.flotilla.base.port.DiskFile;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.snapshot.SnapshotFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/// States of [FakeMachine] as streams, and what becomes of them.
final class FakeSnapshots {
  private FakeSnapshots() {}

  /// A map at a mark, as lines of text.
  static StateMachine.Snapshot open(SnapshotMark mark, Map<String, String> values) {
    var text = new StringBuilder();
    text.append(mark.last().term()).append('\n').append(mark.last().index()).append('\n');
    text.append(HexFormat.of().formatHex(mark.membership().encode())).append('\n');
    values.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
    ByteBuffer stream = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
    return new StateMachine.Snapshot() {
      @Override
      public SnapshotMark mark() {
        return mark;
      }

      @Override
      public long totalBytes() {
        return stream.limit();
      }

      @Override
      public boolean read(ByteBuffer target) {
        boolean more = stream.hasRemaining();
        while (stream.hasRemaining() && target.hasRemaining()) {
          target.put(stream.get());
        }
        return more;
      }

      @Override
      public void close() {}
    };
  }

  /// What a stream said, beside the state that `saved` is.
  static final class Arrived implements StateMachine.Prepared {
    private final FakeMachine.Saved saved;
    private final SnapshotMark mark;
    private final Path tree;
    final Map<String, String> values = new TreeMap<>();
    boolean committed;

    Arrived(FakeMachine.Saved saved, Path received) throws IOException {
      this.saved = saved;
      this.tree = SnapshotFiles.tree(received);
      String[] lines = read(received).split("\n");
      var last = new EntryId(Long.parseLong(lines[0]), Long.parseLong(lines[1]));
      mark = new SnapshotMark(last, Membership.decode(HexFormat.of().parseHex(lines[2])));
      for (int i = 3; i < lines.length; i++) {
        String[] pair = lines[i].split("=");
        values.put(pair[0], pair[1]);
      }
      saved.disk.open(tree).close();
    }

    private String read(Path received) throws IOException {
      try (DiskFile file = saved.disk.openForRead(received)) {
        ByteBuffer bytes = ByteBuffer.allocate((int) file.size());
        file.read(0, bytes);
        return new String(bytes.array(), StandardCharsets.UTF_8);
      }
    }

    @Override
    public SnapshotMark mark() {
      return mark;
    }

    @Override
    public void commit() throws IOException {
      saved.disk.rename(tree, FakeMachine.DIRECTORY.resolve("db"));
      committed = true;
      saved.applied = mark.last();
      saved.membership = mark.membership();
      saved.values = values;
    }

    @Override
    public void close() throws IOException {
      if (!committed) {
        saved.disk.delete(tree);
      }
    }
  }
}
