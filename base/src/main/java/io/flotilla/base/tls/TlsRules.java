package io.flotilla.base.tls;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Whom connections of one kind trust, and what they are made of.
///
/// @param verifyServers whether those called must prove who they are; without it a connection is
///     only hidden from onlookers
/// @param clients null lets anyone connect; otherwise who may
/// @param protocols such as `TLSv1.3`; none for what the runtime offers
/// @param cipherSuites by their IANA names; none for what the runtime offers. Those of TLS 1.3 are
///     not chosen (as in etcd): they are on if it is
public record TlsRules(
    boolean verifyServers,
    @Nullable Clients clients,
    List<String> protocols,
    List<String> cipherSuites) {
  public TlsRules {
    protocols = List.copyOf(protocols);
    cipherSuites = List.copyOf(cipherSuites);
  }

  /// Callers show a certificate of the authorities. If names are listed, it carries one of them.
  ///
  /// @param commonNames of the subject
  /// @param hostnames of the alternative names; `*.` in a certificate stands for one label
  public record Clients(Set<String> commonNames, Set<String> hostnames) {
    /// Whoever the authorities vouch for.
    public static final Clients VERIFIED = new Clients(Set.of(), Set.of());

    public Clients {
      commonNames = Set.copyOf(commonNames);
      hostnames = Set.copyOf(hostnames);
    }
  }
}
