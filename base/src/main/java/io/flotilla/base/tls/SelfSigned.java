package io.flotilla.base.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// Certificates that a node makes for itself: they hide connections from onlookers and prove
/// nothing (etcd's auto TLS).
public final class SelfSigned {
  private static final String ORGANIZATION = "flotilla";
  private static final Duration YEAR = Duration.ofDays(365);

  /// Clocks differ a little.
  private static final Duration BEFORE = Duration.ofMinutes(5);

  private SelfSigned() {}

  /// Where the certificate of a folder is, and its key.
  public static TlsFiles.Pair in(Path folder) {
    return new TlsFiles.Pair(folder.resolve("cert.pem"), folder.resolve("key.pem"));
  }

  /// Makes the certificate of a folder, unless there is one that is still valid; blocks.
  ///
  /// @param hosts names and addresses that it is for
  /// @param years how long it is valid, at least 1
  /// @return whether one was made
  /// @throws IOException when the folder cannot be written to
  public static boolean provide(Path folder, List<String> hosts, int years, Instant now)
      throws IOException {
    TlsFiles.Pair pair = in(folder);
    if (isValid(pair, now)) {
      return false;
    }
    Files.createDirectories(folder);
    var subject = new CertificateMaker.Subject(ORGANIZATION, null, hosts, false);
    var validity = new CertificateMaker.Validity(now.minus(BEFORE), end(now, years));
    CertificateMaker.Made made = CertificateMaker.selfSigned(subject, validity);
    write(pair.key(), made.keyText());
    write(pair.certificate(), made.certificateText());
    return true;
  }

  private static Instant end(Instant now, int years) {
    return now.plus(YEAR.multipliedBy(years));
  }

  private static boolean isValid(TlsFiles.Pair pair, Instant now) {
    if (!Files.exists(pair.certificate()) || !Files.exists(pair.key())) {
      return false;
    }
    var rules = new TlsRules(false, null, List.of(), List.of());
    try {
      Instant end =
          TlsStore.open(new TlsFiles(pair, null, null, null), rules).current().ends().serving();
      return end != null && now.isBefore(end);
    } catch (TlsException halfWritten) {
      return false;
    }
  }

  /// Nobody else may read the key, also while it is written.
  private static void write(Path file, String text) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      var owner = PosixFilePermissions.fromString("rw-------");
      Files.createFile(fresh, PosixFilePermissions.asFileAttribute(owner));
    }
    Files.writeString(fresh, text);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
