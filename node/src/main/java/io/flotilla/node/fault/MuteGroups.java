package io.flotilla.node.fault;

import io.flotilla.base.GroupId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// The groups for which a member is mute, as a file says that is read again and again.
final class MuteGroups implements Predicate<GroupId> {
  private static final long INTERVAL_MILLIS = 50;

  private final Path file;
  private final String name;
  private volatile Set<GroupId> mute = Set.of();

  MuteGroups(Path file, String name) {
    this.file = file;
    this.name = name;
  }

  /// Reads the file for as long as the process runs.
  static MuteGroups watch(Path file, String name) {
    var groups = new MuteGroups(file, name);
    Thread.ofPlatform().daemon().name("mute-groups").start(groups::readForEver);
    return groups;
  }

  private void readForEver() {
    while (!Thread.currentThread().isInterrupted()) {
      read();
      try {
        Thread.sleep(INTERVAL_MILLIS);
      } catch (InterruptedException _) {
        return;
      }
    }
  }

  /// Without the file nothing is mute.
  void read() {
    try {
      mute = parse(Files.exists(file) ? Files.readAllLines(file) : List.of());
    } catch (IOException _) {
      // written at this moment: what it said before holds until it can be read
    }
  }

  private Set<GroupId> parse(List<String> lines) {
    return lines.stream()
        .map(line -> line.strip().split("\\s+"))
        .filter(words -> words.length == 2 && words[0].equals(name) && words[1].matches("\\d{1,9}"))
        .map(words -> new GroupId(Integer.parseInt(words[1])))
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public boolean test(GroupId group) {
    return mute.contains(group);
  }
}
