package io.flotilla.base.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/// Certificates in files, for tests.
final class Folder {
  static final Instant NOW = Instant.now();
  static final CertificateMaker.Validity YEAR =
      new CertificateMaker.Validity(NOW.minusSeconds(60), NOW.plus(Duration.ofDays(365)));

  final Path path;
  final CertificateMaker.Made authority = authority("authority");

  Folder(Path path) {
    this.path = path;
    write("ca.pem", authority.certificateText());
  }

  static CertificateMaker.Made authority(String name) {
    var subject = new CertificateMaker.Subject("test", name, List.of(), true);
    return CertificateMaker.selfSigned(subject, YEAR);
  }

  CertificateMaker.Made leaf(String commonName, String... hosts) {
    return leaf(authority, commonName, hosts);
  }

  static CertificateMaker.Made leaf(
      CertificateMaker.Made authority, String commonName, String... hosts) {
    var subject = new CertificateMaker.Subject("test", commonName, List.of(hosts), false);
    return CertificateMaker.signed(subject, YEAR, authority);
  }

  TlsFiles.Pair put(String name, CertificateMaker.Made made) {
    write(name + ".pem", made.certificateText());
    write(name + "-key.pem", made.keyText());
    return pair(name);
  }

  TlsFiles.Pair pair(String name) {
    return new TlsFiles.Pair(path.resolve(name + ".pem"), path.resolve(name + "-key.pem"));
  }

  Path file(String name) {
    return path.resolve(name);
  }

  void write(String name, String text) {
    try {
      Files.writeString(path.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The authority's list of these (RFC 5280 §5).
  void revoke(String name, CertificateMaker.Made... revoked) throws GeneralSecurityException {
    byte[][] entries =
        Arrays.stream(revoked)
            .map(
                made ->
                    Der.sequence(Der.integer(made.certificate().getSerialNumber()), Der.time(NOW)))
            .toArray(byte[][]::new);
    byte[] content =
        Der.sequence(
            Der.integer(1),
            CertificateMaker.algorithm(),
            authority.certificate().getSubjectX500Principal().getEncoded(),
            Der.time(NOW),
            Der.time(NOW.plus(Duration.ofDays(1))),
            Der.sequence(entries));
    byte[] list = CertificateMaker.sign(content, authority.key());
    var parsed =
        (X509CRL)
            CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(list));
    parsed.verify(authority.certificate().getPublicKey());
    write(name, Pem.text("X509 CRL", list));
  }
}
