package io.flotilla.node.cli;

import io.flotilla.base.tls.CertificateMaker;
import io.flotilla.base.tls.CertificateMaker.Made;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// An authority and what it signed, as files in a folder.
final class Certified {
  private final Path folder;

  Certified(Path folder) {
    this.folder = folder;
  }

  static Made authority(String name) {
    return CertificateMaker.selfSigned(
        new CertificateMaker.Subject("test", name, List.of(), true), month());
  }

  static Made leaf(Made authority, String name) {
    var hosts = List.of("127.0.0.1", "localhost");
    return CertificateMaker.signed(
        new CertificateMaker.Subject("test", name, hosts, false), month(), authority);
  }

  private static CertificateMaker.Validity month() {
    Instant now = Instant.now();
    return new CertificateMaker.Validity(now.minusSeconds(60), now.plus(Duration.ofDays(30)));
  }

  String certificate(String name) {
    return folder.resolve(name + ".pem").toString();
  }

  String key(String name) {
    return folder.resolve(name + "-key.pem").toString();
  }

  /// The flags of a client of that name.
  List<String> flags(String authority, String name) {
    return List.of(
        "--cacert", certificate(authority), "--cert", certificate(name), "--key", key(name));
  }

  void put(String name, Made made) {
    write(name + ".pem", made.certificateText());
    write(name + "-key.pem", made.keyText());
  }

  /// Several authorities in one file.
  void trust(String name, Made... authorities) {
    var text = new StringBuilder();
    for (Made authority : authorities) {
      text.append(authority.certificateText());
    }
    write(name + ".pem", text.toString());
  }

  private void write(String name, String text) {
    try {
      Path fresh = Files.writeString(folder.resolve(name + ".new"), text);
      Files.move(fresh, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
