package io.flotilla.base.tls;

import java.net.InetAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import org.jspecify.annotations.Nullable;

/// The names that a certificate carries.
public final class CertificateNames {
  private static final int DNS_NAME = 2;
  private static final int IP_ADDRESS = 7;

  private CertificateNames() {}

  /// The Common Name of the subject; null without. Of several the most specific one.
  public static @Nullable String commonName(X509Certificate certificate) {
    try {
      List<Rdn> parts = new LdapName(certificate.getSubjectX500Principal().getName()).getRdns();
      for (int i = parts.size() - 1; i >= 0; i--) {
        Rdn part = parts.get(i);
        if (part.getType().equalsIgnoreCase("CN") && part.getValue() instanceof String name) {
          return name;
        }
      }
      return null;
    } catch (InvalidNameException _) {
      return null;
    }
  }

  /// Whether it carries one of the names that may call; any will do when none is listed.
  static boolean areAmong(TlsRules.Clients clients, X509Certificate certificate) {
    Set<String> names = clients.commonNames();
    Set<String> hosts = clients.hostnames();
    if (names.isEmpty() && hosts.isEmpty()) {
      return true;
    }
    String commonName = commonName(certificate);
    return commonName != null && names.contains(commonName)
        || hosts.stream().anyMatch(host -> isFor(certificate, host));
  }

  /// Whether it is for a host, by its alternative names (RFC 6125).
  ///
  /// @param host a name or an address
  static boolean isFor(X509Certificate certificate, String host) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names != null && names.stream().anyMatch(name -> covers(name, host));
    } catch (CertificateParsingException _) {
      return false;
    }
  }

  private static boolean covers(List<?> name, String host) {
    if (!(name.getFirst() instanceof Integer type && name.get(1) instanceof String text)) {
      return false;
    }
    return switch (type) {
      case DNS_NAME -> coversName(text, host);
      case IP_ADDRESS -> isAddress(text, host);
      default -> false;
    };
  }

  private static boolean coversName(String name, String host) {
    int dot = host.indexOf('.');
    return name.equalsIgnoreCase(host)
        || name.startsWith("*.")
            && dot > 0
            && name.substring(1).equalsIgnoreCase(host.substring(dot));
  }

  private static boolean isAddress(String address, String host) {
    try {
      return InetAddress.ofLiteral(address)
          .equals(InetAddress.ofLiteral(host.replaceAll("[\\[\\]]", "")));
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
