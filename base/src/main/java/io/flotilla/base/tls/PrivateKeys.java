package io.flotilla.base.tls;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;

/// Reads the private key of a certificate.
final class PrivateKeys {
  private static final byte[] PROBE = "flotilla".getBytes(StandardCharsets.UTF_8);

  private PrivateKeys() {}

  /// The key in a file, which is the one of `certified`.
  ///
  /// @throws GeneralSecurityException when there is none, or another one
  static PrivateKey read(List<Pem> file, PublicKey certified) throws GeneralSecurityException {
    for (Pem block : file) {
      switch (block.label()) {
        case "PRIVATE KEY" -> {
          return fitting(block.bytes(), certified);
        }
        case "RSA PRIVATE KEY", "EC PRIVATE KEY" -> {
          return fitting(wrap(block.bytes(), certified), certified);
        }
        default -> {
          if (block.label().startsWith("ENCRYPTED")) {
            throw new GeneralSecurityException("it is encrypted; keep it without a passphrase");
          }
        }
      }
    }
    throw new GeneralSecurityException("it holds no private key");
  }

  /// PKCS #8 names the algorithm, which older forms leave to who reads them; a certificate says it
  /// of the key's other half in the same words.
  private static byte[] wrap(byte[] key, PublicKey certified) {
    byte[] algorithm = Der.firstInside(certified.getEncoded());
    return Der.sequence(Der.integer(0), algorithm, Der.element(Der.OCTET_STRING, key));
  }

  private static PrivateKey fitting(byte[] pkcs8, PublicKey certified)
      throws GeneralSecurityException {
    PrivateKey key =
        KeyFactory.getInstance(certified.getAlgorithm())
            .generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    Signature sign = Signature.getInstance(signature(certified.getAlgorithm()));
    sign.initSign(key);
    sign.update(PROBE);
    byte[] signed = sign.sign();
    sign.initVerify(certified);
    sign.update(PROBE);
    if (!sign.verify(signed)) {
      throw new GeneralSecurityException("it is not the key of the certificate");
    }
    return key;
  }

  private static String signature(String algorithm) {
    return switch (algorithm) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      default -> algorithm;
    };
  }
}
