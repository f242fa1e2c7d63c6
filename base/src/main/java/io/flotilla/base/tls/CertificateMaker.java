package io.flotilla.base.tls;

import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Makes certificates with keys on the curve P-256 (X.509 v3, RFC 5280).
public final class CertificateMaker {
  private static final String ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
  private static final String ORGANIZATION = "2.5.4.10";
  private static final String COMMON_NAME = "2.5.4.3";
  private static final String BASIC_CONSTRAINTS = "2.5.29.19";
  private static final String ALTERNATIVE_NAMES = "2.5.29.17";
  private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

  private static final int VERSION_TAG = 0xa0;
  private static final int EXTENSIONS_TAG = 0xa3;
  private static final int DNS_NAME_TAG = 0x82;
  private static final int IP_ADDRESS_TAG = 0x87;
  private static final int VERSION_3 = 2;
  private static final int SERIAL_BITS = 127;

  private CertificateMaker() {}

  /// What a certificate is to say.
  ///
  /// @param organization of the subject
  /// @param commonName of the subject; null for none
  /// @param hosts names and addresses that it is for
  /// @param authority whether it vouches for others
  public record Subject(
      String organization, @Nullable String commonName, List<String> hosts, boolean authority) {
    public Subject {
      hosts = List.copyOf(hosts);
    }
  }

  /// When a certificate is valid.
  public record Validity(Instant from, Instant to) {}

  /// A certificate and its private key.
  public record Made(X509Certificate certificate, PrivateKey key) {
    /// PEM.
    public String certificateText() {
      try {
        return Pem.text("CERTIFICATE", certificate.getEncoded());
      } catch (GeneralSecurityException impossible) {
        throw new IllegalStateException(impossible);
      }
    }

    /// PEM of PKCS #8.
    public String keyText() {
      return Pem.text("PRIVATE KEY", key.getEncoded());
    }
  }

  /// A certificate that vouches for itself.
  public static Made selfSigned(Subject subject, Validity validity) {
    return make(subject, validity, null);
  }

  /// A certificate that an authority vouches for.
  public static Made signed(Subject subject, Validity validity, Made authority) {
    return make(subject, validity, authority);
  }

  private static Made make(Subject subject, Validity validity, @Nullable Made authority) {
    try {
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      byte[] name = name(subject);
      byte[] issuer =
          authority == null ? name : authority.certificate().getSubjectX500Principal().getEncoded();
      PrivateKey signer = authority == null ? pair.getPrivate() : authority.key();
      byte[] content =
          Der.sequence(
              Der.element(VERSION_TAG, Der.integer(VERSION_3)),
              Der.integer(new BigInteger(SERIAL_BITS, new SecureRandom()).setBit(SERIAL_BITS - 1)),
              algorithm(),
              issuer,
              Der.sequence(Der.time(validity.from()), Der.time(validity.to())),
              name,
              pair.getPublic().getEncoded(),
              Der.element(EXTENSIONS_TAG, extensions(subject)));
      byte[] whole = sign(content, signer);
      var factory = CertificateFactory.getInstance("X.509");
      var certificate =
          (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(whole));
      return new Made(certificate, pair.getPrivate());
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("the runtime lacks elliptic curves", missing);
    }
  }

  /// A signed structure of X.509: its content, the algorithm, the signature.
  static byte[] sign(byte[] content, PrivateKey signer) throws GeneralSecurityException {
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(signer);
    signature.update(content);
    return Der.sequence(content, algorithm(), Der.bits(signature.sign()));
  }

  static byte[] algorithm() {
    return Der.sequence(Der.objectId(ECDSA_WITH_SHA256));
  }

  private static byte[] name(Subject subject) {
    byte[] organization = part(ORGANIZATION, subject.organization());
    String commonName = subject.commonName();
    return commonName == null
        ? Der.sequence(organization)
        : Der.sequence(organization, part(COMMON_NAME, commonName));
  }

  private static byte[] part(String type, String value) {
    return Der.element(Der.SET, Der.sequence(Der.objectId(type), Der.text(value)));
  }

  private static byte[] extensions(Subject subject) {
    List<byte[]> all = new ArrayList<>();
    byte[] constraints = subject.authority() ? Der.sequence(Der.yes()) : Der.sequence();
    all.add(
        Der.sequence(
            Der.objectId(BASIC_CONSTRAINTS),
            Der.yes(),
            Der.element(Der.OCTET_STRING, constraints)));
    if (!subject.authority()) {
      byte[] usages = Der.sequence(Der.objectId(SERVER_AUTH), Der.objectId(CLIENT_AUTH));
      all.add(extension(EXTENDED_KEY_USAGE, usages));
    }
    if (!subject.hosts().isEmpty()) {
      byte[][] names =
          subject.hosts().stream().map(CertificateMaker::alternative).toArray(byte[][]::new);
      all.add(extension(ALTERNATIVE_NAMES, Der.sequence(names)));
    }
    return Der.sequence(all.toArray(byte[][]::new));
  }

  private static byte[] extension(String type, byte[] value) {
    return Der.sequence(Der.objectId(type), Der.element(Der.OCTET_STRING, value));
  }

  private static byte[] alternative(String host) {
    try {
      return Der.element(IP_ADDRESS_TAG, InetAddress.ofLiteral(host).getAddress());
    } catch (IllegalArgumentException name) {
      return Der.element(DNS_NAME_TAG, host.getBytes(StandardCharsets.US_ASCII));
    }
  }
}
