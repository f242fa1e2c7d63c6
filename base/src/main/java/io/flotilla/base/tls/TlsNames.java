package io.flotilla.base.tls;

import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLContext;

/// Names of cipher suites.
public final class TlsNames {
  public static final String TLS_1_3 = "TLSv1.3";

  /// Names under which etcd knows suites whose own name is longer.
  private static final Map<String, String> LONGER =
      Map.of(
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256");

  private static final List<String> SUITES_OF_1_3 =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  private TlsNames() {}

  /// The suite's own name.
  public static String suite(String name) {
    return LONGER.getOrDefault(name, name);
  }

  /// Those that this runtime can speak.
  public static Set<String> suites() {
    try {
      return Set.of(SSLContext.getDefault().getSupportedSSLParameters().getCipherSuites());
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("the runtime has no TLS", missing);
    }
  }

  /// What is to be enabled; none for what the runtime offers.
  public static List<String> enabled(TlsRules rules) {
    List<String> chosen = rules.cipherSuites();
    boolean also13 = rules.protocols().isEmpty() || rules.protocols().contains(TLS_1_3);
    if (chosen.isEmpty() || !also13) {
      return chosen;
    }
    List<String> all = new ArrayList<>(SUITES_OF_1_3);
    chosen.stream().filter(suite -> !all.contains(suite)).forEach(all::add);
    return all;
  }
}
