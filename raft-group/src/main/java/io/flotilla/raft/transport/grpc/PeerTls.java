package io.flotilla.raft.transport.grpc;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Certificates of the connections between nodes.
///
/// @param server what this node shows to those who connect
/// @param client what it shows where it connects; null for nothing
/// @param trust whom it believes
/// @param protocols such as `TLSv1.3`; empty for what the runtime offers
/// @param cipherSuites by their IANA names; empty for what the runtime offers
public record PeerTls(
    PemFiles server,
    @Nullable PemFiles client,
    Trust trust,
    Set<String> protocols,
    Set<String> cipherSuites) {
  public PeerTls {
    protocols = Set.copyOf(protocols);
    cipherSuites = Set.copyOf(cipherSuites);
  }

  /// A certificate chain and its private key, both PEM.
  public record PemFiles(String certificate, String key) {}

  /// @param authorities PEM file of the certificates that vouch for others; null for those of the
  ///     runtime
  /// @param revoked PEM or DER file of revoked certificates; null for none
  /// @param verifyServers whether the nodes called must prove who they are; without it a connection
  ///     is only hidden from onlookers
  /// @param clients null lets anyone connect; otherwise who may
  public record Trust(
      @Nullable String authorities,
      @Nullable String revoked,
      boolean verifyServers,
      @Nullable Clients clients) {}

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
