package io.flotilla.node.run;

import io.flotilla.base.GroupId;
import io.flotilla.raft.log.RaftLogWriter;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;

/// The threads that write logs. The root group has one for itself, as everything waits for its log;
/// shard groups share a few, made when they are asked for: a disk forces no more files at once.
final class WalThreads implements AutoCloseable {
  private static final int SHARED = 16;

  private final Map<GroupId, ExecutorService> threads = new TreeMap<>();

  /// The thread for a group, always the same one.
  synchronized Executor of(GroupId group) {
    return threads.computeIfAbsent(lead(group), RaftLogWriter::threadFor);
  }

  private static GroupId lead(GroupId group) {
    return group.equals(GroupId.ROOT) ? group : new GroupId(1 + (group.value() - 1) % SHARED);
  }

  /// Lets them finish what they have.
  @Override
  public synchronized void close() {
    threads.values().forEach(ExecutorService::shutdown);
  }
}
