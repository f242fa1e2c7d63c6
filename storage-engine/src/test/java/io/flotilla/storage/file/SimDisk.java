package io.flotilla.storage.file;

import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/// A file system in memory that forgets what was not forced.
///
/// Deterministic: the same calls give the same disk. Every call that changes something counts as
/// one operation; [#stopAt] makes the disk fail from a given one on, as if the power went there,
/// and [#crash] gives what a later start finds: forced data and names are there, of the rest any
/// subset, and an unforced write may have arrived in part (whole sectors of 512 bytes). Stricter
/// than most file systems: neither writes nor names keep their order, and forcing a file does not
/// make its name durable.
///
/// Safe for several threads, as a file system is.
public final class SimDisk implements Disk {
  /// What a disk writes in one piece.
  public static final int SECTOR_BYTES = 512;

  final SimNames names;
  private final Set<Path> locked = new HashSet<>();
  private long operations;
  private long stopAt = Long.MAX_VALUE;
  private long capacityBytes = Long.MAX_VALUE;
  private Predicate<Path> failingForce = _ -> false;
  private Consumer<Path> beforeForce = _ -> {};

  public SimDisk() {
    this(new SimNames());
  }

  private SimDisk(SimNames names) {
    this.names = names;
  }

  /// The power went: every operation from the one with this number on (the first is 1) fails. The
  /// failing operation itself may or may not have had its effect.
  public synchronized SimDisk stopAt(long operation) {
    stopAt = operation;
    return this;
  }

  /// Operations so far.
  public synchronized long operations() {
    return operations;
  }

  /// Bytes that all files together may have; beyond, writing fails with [DiskFullException].
  public synchronized SimDisk capacityBytes(long bytes) {
    capacityBytes = bytes;
    return this;
  }

  /// Forcing a file (or directory) that matches fails, and what it should have made durable never
  /// becomes so, though it can still be read until the next [#crash].
  public synchronized SimDisk failForce(Predicate<Path> which) {
    failingForce = which;
    return this;
  }

  /// Runs before each force, on the thread that forces and outside of all locks: a test can hold a
  /// force back with it, or count.
  public synchronized SimDisk beforeForce(Consumer<Path> hook) {
    beforeForce = hook;
    return this;
  }

  /// The disk as found after power loss. This one stays as it is, so that several outcomes of the
  /// same moment can be tried.
  public synchronized SimDisk crash(RandomGenerator random) {
    return new SimDisk(names.afterPowerLoss(random));
  }

  /// The disk as the next process finds it when only this one was killed: everything written is
  /// there, what was not forced is still at risk.
  public synchronized SimDisk kill() {
    return new SimDisk(names.copy());
  }

  /// Inverts one bit of a file, on the medium and in the cache.
  public synchronized void flipBit(Path path, long byteOffset, int bit) throws IOException {
    names.file(path).flipBit(byteOffset, bit);
  }

  /// All files, sorted.
  public synchronized List<Path> files() {
    return names.files();
  }

  /// A copy of a file's bytes.
  public synchronized byte[] bytes(Path path) throws IOException {
    return names.file(path).bytes();
  }

  @Override
  public synchronized boolean exists(Path path) {
    return names.node(path) != null;
  }

  @Override
  public synchronized List<String> list(Path directory) {
    return names.list(directory);
  }

  @Override
  public synchronized void createDirectories(Path directory) throws IOException {
    List<Path> missing = new ArrayList<>();
    for (Path at = SimNames.clean(directory);
        at != null && names.node(at) == null;
        at = at.getParent()) {
      missing.addFirst(at);
    }
    for (Path path : missing) {
      boolean stops = count();
      names.put(path, new SimNames.Node.Directory());
      stopIf(stops);
    }
    if (!(names.node(directory) instanceof SimNames.Node.Directory)) {
      throw new FileAlreadyExistsException(directory.toString());
    }
  }

  @Override
  public synchronized DiskFile open(Path path) throws IOException {
    checkRunning();
    if (names.node(path) == null) {
      boolean stops = count();
      names.put(path, new SimNames.Node.File(new SimContent()));
      stopIf(stops);
    }
    return new SimFile(this, path, names.file(path), true);
  }

  @Override
  public synchronized DiskFile openForRead(Path path) throws IOException {
    checkRunning();
    return new SimFile(this, path, names.file(path), false);
  }

  @Override
  public synchronized void delete(Path path) throws IOException {
    if (names.node(path) == null) {
      return;
    }
    boolean stops = count();
    names.remove(path);
    stopIf(stops);
  }

  @Override
  public synchronized void rename(Path from, Path to) throws IOException {
    if (names.node(from) == null) {
      throw new NoSuchFileException(from.toString());
    }
    boolean stops = count();
    names.rename(from, to);
    stopIf(stops);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    hook().accept(directory);
    synchronized (this) {
      if (!(names.node(directory) instanceof SimNames.Node.Directory)) {
        throw new NoSuchFileException(directory.toString());
      }
      stopIf(count());
      if (failingForce.test(directory)) {
        names.forget(directory);
        throw new IOException("force of " + directory + " failed (simulated)");
      }
      names.force(directory);
    }
  }

  @Override
  public synchronized long usableBytes(Path path) {
    return Math.max(0, capacityBytes - names.totalBytes());
  }

  @Override
  public synchronized Closeable lock(Path path) throws IOException {
    open(path).close();
    Path clean = Objects.requireNonNull(SimNames.clean(path));
    if (!locked.add(clean)) {
      throw LockedException.of(path);
    }
    return () -> unlock(clean);
  }

  private synchronized void unlock(Path path) {
    locked.remove(path);
  }

  synchronized Consumer<Path> hook() {
    return beforeForce;
  }

  /// Bytes a file may still grow by.
  long room() {
    return usableBytes(Path.of("/"));
  }

  boolean failsForce(Path path) {
    return failingForce.test(path);
  }

  void checkRunning() throws IOException {
    if (operations >= stopAt) {
      throw new SimStopped();
    }
  }

  /// Counts one operation; true when it is the one at which the power goes.
  boolean count() throws IOException {
    checkRunning();
    operations++;
    return operations >= stopAt;
  }

  static void stopIf(boolean stops) throws IOException {
    if (stops) {
      throw new SimStopped();
    }
  }

  /// Where a simulated power loss strikes.
  public static final class SimStopped extends IOException {
    private static final long serialVersionUID = 1;

    SimStopped() {
      super("the simulated power is off");
    }
  }
}
