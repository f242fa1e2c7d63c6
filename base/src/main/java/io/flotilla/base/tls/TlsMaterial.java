package io.flotilla.base.tls;

import java.time.Instant;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// What the files of one moment say, ready for handshakes. Immutable.
///
/// @param serving the key that is shown to those who connect; null for one who only connects
/// @param calling the key that is shown to those called; null for none
/// @param judge of the other side, whichever that is
/// @param ends when the first certificate of each kind stops being valid
public record TlsMaterial(
    @Nullable X509ExtendedKeyManager serving,
    @Nullable X509ExtendedKeyManager calling,
    X509ExtendedTrustManager judge,
    Ends ends) {

  /// @param serving of the chain shown to those who connect; null without one
  /// @param calling of the chain shown to those called; null without one
  /// @param authorities of those named by the settings; null for the runtime's
  public record Ends(
      @Nullable Instant serving, @Nullable Instant calling, @Nullable Instant authorities) {}
}
