package io.flotilla.base.tls;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Where the certificates of one kind of connections lie.
///
/// @param serving what is shown to those who connect; null for one who only connects
/// @param calling what is shown to those called; null for nothing
/// @param authorities PEM file of the certificates that vouch for others; null for those of the
///     runtime
/// @param revoked PEM or DER file of lists of revoked certificates; null for none
public record TlsFiles(
    @Nullable Pair serving,
    @Nullable Pair calling,
    @Nullable Path authorities,
    @Nullable Path revoked) {

  /// A certificate, perhaps followed by those that lead to its authority, and its private key. Both
  /// PEM; the key in the form of PKCS #8, PKCS #1 or SEC 1.
  public record Pair(Path certificate, Path key) {}

  /// Each file once.
  List<Path> all() {
    return Stream.of(
            serving == null ? null : serving.certificate(),
            serving == null ? null : serving.key(),
            calling == null ? null : calling.certificate(),
            calling == null ? null : calling.key(),
            authorities,
            revoked)
        .filter(Objects::nonNull)
        .distinct()
        .toList();
  }
}
