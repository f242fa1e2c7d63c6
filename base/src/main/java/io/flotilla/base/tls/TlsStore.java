package io.flotilla.base.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// The certificates of one kind of connections, as their files say now. Whoever begins a handshake
/// takes [#current]; somebody calls [#refresh] from time to time, from one thread at a time, that
/// may wait for a disk.
///
/// Certificates and keys are renewed file by file, and not every writer puts a file in its place at
/// once: what does not fit together or cannot be read changes nothing, and what was read last stays
/// in use.
public final class TlsStore {
  /// A file that changed so recently may change again without a sign: the times of files are
  /// coarse.
  private static final Duration UNSETTLED = Duration.ofSeconds(2);

  private final TlsFiles files;
  private final TlsRules rules;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private Look look;
  private volatile TlsMaterial current;

  /// What a look at the files found.
  public sealed interface Refreshed {
    /// They say what they said.
    record Unchanged() implements Refreshed {}

    /// [#current] is of what they say now, and the listeners know.
    record Renewed() implements Refreshed {}

    /// They cannot be used; what was read before stays.
    record Faulty(String reason) implements Refreshed {}
  }

  /// @param signs empty if the next look has to read the files anyway
  private record Look(Map<Path, Sign> signs, Map<Path, byte[]> bytes, @Nullable String fault) {}

  private record Sign(Instant modified, long size, @Nullable Object file) {}

  private TlsStore(TlsFiles files, TlsRules rules) {
    this.files = files;
    this.rules = rules;
    try {
      this.look = new Look(Map.of(), readAll(), null);
    } catch (IOException fault) {
      throw new TlsException(reason(fault));
    }
    this.current = new MaterialReader(files, rules, look.bytes()).read();
  }

  /// Reads the files; blocks.
  ///
  /// @throws TlsException when they cannot be used
  public static TlsStore open(TlsFiles files, TlsRules rules) {
    return new TlsStore(files, rules);
  }

  public TlsRules rules() {
    return rules;
  }

  public TlsFiles files() {
    return files;
  }

  /// Any thread.
  public TlsMaterial current() {
    return current;
  }

  /// Tells `listener` of renewals, on the thread that found them; runs what is returned to stop
  /// that.
  public Runnable onRenewed(Runnable listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /// Looks whether the files have changed, and takes up what they say; blocks.
  public Refreshed refresh() {
    String fault = look.fault();
    try {
      Map<Path, Sign> signs = signs();
      if (!look.signs().isEmpty() && signs.equals(look.signs())) {
        return fault == null ? new Refreshed.Unchanged() : new Refreshed.Faulty(fault);
      }
      Map<Path, Sign> settled = areSettled(signs) ? signs : Map.of();
      Map<Path, byte[]> bytes = readAll();
      if (isSame(bytes, look.bytes())) {
        look = new Look(settled, bytes, fault);
        return fault == null ? new Refreshed.Unchanged() : new Refreshed.Faulty(fault);
      }
      look = new Look(settled, bytes, null);
      current = new MaterialReader(files, rules, bytes).read();
    } catch (IOException unreadable) {
      return faulty(new Look(Map.of(), Map.of(), reason(unreadable)));
    } catch (TlsException unusable) {
      return faulty(new Look(look.signs(), look.bytes(), unusable.getMessage()));
    }
    listeners.forEach(Runnable::run);
    return new Refreshed.Renewed();
  }

  private Refreshed faulty(Look found) {
    look = found;
    return new Refreshed.Faulty(String.valueOf(found.fault()));
  }

  private Map<Path, byte[]> readAll() throws IOException {
    Map<Path, byte[]> bytes = new LinkedHashMap<>();
    for (Path file : files.all()) {
      bytes.put(file, Files.readAllBytes(file));
    }
    return bytes;
  }

  private Map<Path, Sign> signs() throws IOException {
    Map<Path, Sign> signs = new LinkedHashMap<>();
    for (Path file : files.all()) {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      signs.put(
          file,
          new Sign(
              attributes.lastModifiedTime().toInstant(), attributes.size(), attributes.fileKey()));
    }
    return signs;
  }

  private static boolean areSettled(Map<Path, Sign> signs) {
    Instant recent = Instant.now().minus(UNSETTLED);
    return signs.values().stream().allMatch(sign -> sign.modified().isBefore(recent));
  }

  private static boolean isSame(Map<Path, byte[]> a, Map<Path, byte[]> b) {
    return a.keySet().equals(b.keySet())
        && a.keySet().stream().allMatch(file -> Arrays.equals(a.get(file), b.get(file)));
  }

  private static String reason(IOException fault) {
    String kind = fault.getClass().getSimpleName();
    return "a file of certificates cannot be read: " + kind + " " + fault.getMessage();
  }
}
