package io.flotilla.router.auth;

import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.security.Keys;
import io.jsonwebtoken.security.SecureDigestAlgorithm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.RSAPublicKeySpec;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/// How JWTs are signed and verified.
///
/// @param algorithm the only one that is accepted
/// @param signing null where tokens are only verified
/// @param verifying a [PublicKey] or a [SecretKey]
record JwtKeys(SecureDigestAlgorithm<?, ?> algorithm, @Nullable Key signing, Key verifying) {
  /// Reads the files; blocks.
  ///
  /// @throws IllegalArgumentException for settings that no tokens can be made of, in words for the
  ///     operator
  static JwtKeys read(TokenSettings.Jwt settings) {
    String method = settings.method();
    var algorithm = Jwts.SIG.get().get(method);
    if (algorithm == null || method.equals("none")) {
      throw new IllegalArgumentException("--auth-token: no such sign-method: " + method);
    }
    try {
      return method.startsWith("HS") ? secret(settings, algorithm) : pair(settings, algorithm);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalArgumentException("--auth-token: the keys cannot be used: " + e, e);
    }
  }

  private static JwtKeys secret(TokenSettings.Jwt settings, SecureDigestAlgorithm<?, ?> algorithm)
      throws IOException {
    Path file = settings.privateKey();
    if (file == null) {
      throw new IllegalArgumentException("--auth-token: " + settings.method() + " needs priv-key");
    }
    try {
      SecretKey key = Keys.hmacShaKeyFor(Files.readAllBytes(file));
      return new JwtKeys(algorithm, key, key);
    } catch (io.jsonwebtoken.security.SecurityException e) {
      throw new IllegalArgumentException("--auth-token: priv-key is too short", e);
    }
  }

  private static JwtKeys pair(TokenSettings.Jwt settings, SecureDigestAlgorithm<?, ?> algorithm)
      throws IOException, GeneralSecurityException {
    Path privateFile = settings.privateKey();
    Path publicFile = settings.publicKey();
    PrivateKey signing =
        privateFile == null ? null : KeyFiles.privateKey(privateFile, settings.method());
    if (publicFile != null) {
      PublicKey verifying = KeyFiles.publicKey(publicFile, settings.method());
      return new JwtKeys(algorithm, signing, verifying);
    }
    if (signing instanceof RSAPrivateCrtKey rsa) {
      var spec = new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent());
      PublicKey verifying = KeyFactory.getInstance("RSA").generatePublic(spec);
      return new JwtKeys(algorithm, signing, verifying);
    }
    throw new IllegalArgumentException("--auth-token: " + settings.method() + " needs pub-key");
  }
}
