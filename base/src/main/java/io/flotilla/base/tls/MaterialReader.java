package io.flotilla.base.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CRL;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Makes [TlsMaterial] of the bytes of files.
final class MaterialReader {
  /// Only for this process's memory.
  private static final char[] NO_PASSWORD = new char[0];

  private final TlsFiles files;
  private final TlsRules rules;
  private final Map<Path, byte[]> bytes;

  /// @param bytes of all the files
  MaterialReader(TlsFiles files, TlsRules rules, Map<Path, byte[]> bytes) {
    this.files = files;
    this.rules = rules;
    this.bytes = bytes;
  }

  private record Shown(X509ExtendedKeyManager keys, Instant ends) {}

  private record Trusted(X509ExtendedTrustManager manager, @Nullable Instant ends) {}

  /// @throws TlsException when one of the files cannot be used
  TlsMaterial read() {
    Shown serving = shown(files.serving());
    TlsFiles.Pair caller = files.calling();
    Shown calling =
        caller != null && caller.equals(files.serving()) ? serving : shown(files.calling());
    Trusted trusted = trusted(files.authorities());
    return new TlsMaterial(
        serving == null ? null : serving.keys(),
        calling == null ? null : calling.keys(),
        new Judge(trusted.manager(), revoked(files.revoked()), rules),
        new TlsMaterial.Ends(
            serving == null ? null : serving.ends(),
            calling == null ? null : calling.ends(),
            trusted.ends()));
  }

  // ------------------------------------------------------------------- keys

  private @Nullable Shown shown(TlsFiles.@Nullable Pair pair) {
    if (pair == null) {
      return null;
    }
    List<X509Certificate> chain = certificates(pair.certificate());
    try {
      PrivateKey key = PrivateKeys.read(blocks(pair.key()), chain.getFirst().getPublicKey());
      return new Shown(manager(key, chain), end(chain));
    } catch (GeneralSecurityException | IllegalArgumentException fault) {
      throw new TlsException(
          "the key " + pair.key() + " of " + pair.certificate() + ": " + fault.getMessage());
    }
  }

  private static X509ExtendedKeyManager manager(PrivateKey key, List<X509Certificate> chain)
      throws GeneralSecurityException {
    KeyStore store = emptyStore();
    store.setKeyEntry("key", key, NO_PASSWORD, chain.toArray(X509Certificate[]::new));
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    for (KeyManager manager : factory.getKeyManagers()) {
      if (manager instanceof X509ExtendedKeyManager keys) {
        return keys;
      }
    }
    throw new GeneralSecurityException("the runtime has no key manager");
  }

  // ------------------------------------------------------------------- trust

  private Trusted trusted(@Nullable Path file) {
    try {
      if (file == null) {
        return new Trusted(manager(null), null);
      }
      KeyStore store = emptyStore();
      List<X509Certificate> authorities = certificates(file);
      for (int i = 0; i < authorities.size(); i++) {
        store.setCertificateEntry("authority-" + i, authorities.get(i));
      }
      return new Trusted(manager(store), end(authorities));
    } catch (GeneralSecurityException fault) {
      throw new TlsException("the authorities in " + file + ": " + fault.getMessage());
    }
  }

  private static X509ExtendedTrustManager manager(@Nullable KeyStore store)
      throws GeneralSecurityException {
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager trust) {
        return trust;
      }
    }
    throw new GeneralSecurityException("the runtime has no trust manager");
  }

  private List<X509CRL> revoked(@Nullable Path file) {
    if (file == null) {
      return List.of();
    }
    List<X509CRL> lists = new ArrayList<>();
    try {
      var factory = CertificateFactory.getInstance("X.509");
      for (CRL list : factory.generateCRLs(new ByteArrayInputStream(bytesOf(file)))) {
        lists.add((X509CRL) list);
      }
    } catch (GeneralSecurityException fault) {
      throw new TlsException(
          "the revoked certificates in " + file + " cannot be read: " + fault.getMessage());
    }
    if (lists.isEmpty()) {
      throw new TlsException("the file " + file + " holds no list of revoked certificates");
    }
    return lists;
  }

  // ------------------------------------------------------------------- files

  private List<X509Certificate> certificates(Path file) {
    List<X509Certificate> found = new ArrayList<>();
    try {
      var factory = CertificateFactory.getInstance("X.509");
      for (Pem block : blocks(file)) {
        if (block.label().equals("CERTIFICATE")) {
          var in = new ByteArrayInputStream(block.bytes());
          found.add((X509Certificate) factory.generateCertificate(in));
        }
      }
    } catch (GeneralSecurityException | IllegalArgumentException fault) {
      throw new TlsException("the certificate " + file + " cannot be read: " + fault.getMessage());
    }
    if (found.isEmpty()) {
      throw new TlsException("the file " + file + " holds no certificate in PEM");
    }
    return found;
  }

  private List<Pem> blocks(Path file) {
    return Pem.blocks(bytesOf(file));
  }

  private byte[] bytesOf(Path file) {
    byte[] found = bytes.get(file);
    if (found == null) {
      throw new IllegalStateException("not read: " + file);
    }
    return found;
  }

  private static Instant end(List<X509Certificate> chain) {
    return chain.stream()
        .map(certificate -> certificate.getNotAfter().toInstant())
        .min(Comparator.naturalOrder())
        .orElseThrow();
  }

  /// Of a kind that takes a chain as it is; whether it leads anywhere is for the other side to say.
  private static KeyStore emptyStore() throws GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("JKS");
    try {
      store.load(null, NO_PASSWORD);
    } catch (IOException impossible) {
      throw new GeneralSecurityException(impossible);
    }
    return store;
  }
}
