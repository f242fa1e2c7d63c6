package io.flotilla.router.auth;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Keys in PEM files: PKCS #8, PKCS #1 (RSA) and SEC 1 (EC) for private ones; SubjectPublicKeyInfo,
/// PKCS #1 and certificates for public ones.
final class KeyFiles {
  private static final Pattern PEM =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]+)-----END \\1-----");

  private static final int SEQUENCE = 0x30;
  private static final int BIT_STRING = 0x03;
  private static final int OCTET_STRING = 0x04;
  private static final byte[] VERSION_0 = HexFormat.of().parseHex("020100");

  /// rsaEncryption, without parameters (RFC 8017).
  private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");

  /// id-ecPublicKey with the curve (RFC 5480), by the signature method that wants it.
  private static final Map<String, byte[]> CURVES =
      Map.of(
          "ES256", HexFormat.of().parseHex("301306072a8648ce3d020106082a8648ce3d030107"),
          "ES384", HexFormat.of().parseHex("301006072a8648ce3d020106052b81040022"),
          "ES512", HexFormat.of().parseHex("301006072a8648ce3d020106052b81040023"));

  private record Block(String label, byte[] content) {}

  private KeyFiles() {}

  /// @param method of the signatures that the key makes
  static PrivateKey privateKey(Path file, String method)
      throws IOException, GeneralSecurityException {
    Block block = block(file);
    byte[] pkcs8 =
        switch (block.label()) {
          case "PRIVATE KEY" -> block.content();
          case "RSA PRIVATE KEY" -> wrap(RSA, block.content());
          case "EC PRIVATE KEY" -> wrap(curve(method), block.content());
          default -> throw new GeneralSecurityException("no private key: " + block.label());
        };
    return factory(method).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
  }

  /// @param method of the signatures that the key verifies
  static PublicKey publicKey(Path file, String method)
      throws IOException, GeneralSecurityException {
    Block block = block(file);
    return switch (block.label()) {
      case "PUBLIC KEY" -> factory(method).generatePublic(new X509EncodedKeySpec(block.content()));
      case "RSA PUBLIC KEY" ->
          factory(method).generatePublic(new X509EncodedKeySpec(wrapPublic(block.content())));
      case "CERTIFICATE" ->
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(block.content()))
              .getPublicKey();
      default -> throw new GeneralSecurityException("no public key: " + block.label());
    };
  }

  /// EC parameters may stand before an EC key; they are passed over.
  private static Block block(Path file) throws IOException, GeneralSecurityException {
    Matcher found = PEM.matcher(Files.readString(file, StandardCharsets.US_ASCII));
    while (found.find()) {
      if (!found.group(1).equals("EC PARAMETERS")) {
        try {
          return new Block(found.group(1), Base64.getMimeDecoder().decode(found.group(2)));
        } catch (IllegalArgumentException e) {
          throw new GeneralSecurityException("not PEM", e);
        }
      }
    }
    throw new GeneralSecurityException("no key in PEM form");
  }

  private static KeyFactory factory(String method) throws GeneralSecurityException {
    String algorithm =
        switch (method.substring(0, 2)) {
          case "RS", "PS" -> "RSA";
          case "ES" -> "EC";
          case "Ed" -> "Ed25519";
          default -> throw new GeneralSecurityException("no signature method: " + method);
        };
    return KeyFactory.getInstance(algorithm);
  }

  private static byte[] curve(String method) throws GeneralSecurityException {
    byte[] curve = CURVES.get(method);
    if (curve == null) {
      throw new GeneralSecurityException("an EC key is not for " + method);
    }
    return curve;
  }

  /// PKCS #8: PrivateKeyInfo (RFC 5208).
  private static byte[] wrap(byte[] algorithm, byte[] key) {
    return der(SEQUENCE, VERSION_0, algorithm, der(OCTET_STRING, key));
  }

  /// SubjectPublicKeyInfo (RFC 5280).
  private static byte[] wrapPublic(byte[] key) {
    return der(SEQUENCE, RSA, der(BIT_STRING, new byte[1], key));
  }

  private static byte[] der(int tag, byte[]... parts) {
    var content = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      content.writeBytes(part);
    }
    var whole = new ByteArrayOutputStream();
    whole.write(tag);
    int length = content.size();
    if (length < 0x80) {
      whole.write(length);
    } else if (length < 0x100) {
      whole.write(0x81);
      whole.write(length);
    } else {
      whole.write(0x82);
      whole.write(length >> 8);
      whole.write(length);
    }
    whole.writeBytes(content.toByteArray());
    return whole.toByteArray();
  }
}
