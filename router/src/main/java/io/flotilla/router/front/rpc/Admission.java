package io.flotilla.router.front.rpc;

import io.flotilla.router.error.ApiError;
import io.flotilla.router.route.ClusterView;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The checks that stand before every call, in etcd's order, whatever its arguments say.
final class Admission {
  private final ClusterView view;

  Admission(ClusterView view) {
    this.view = view;
  }

  /// Why the call is refused; null when it is not.
  @Nullable ApiError check(Call call) {
    if (!view.isCapable()) {
      return ApiError.NOT_CAPABLE;
    }
    if (view.isLearner() && !call.isOpenToLearner()) {
      return ApiError.NOT_SUPPORTED_FOR_LEARNER;
    }
    String version = call.metadata("client-api-version");
    if (version != null && !isUtf8(version)) {
      return ApiError.INVALID_CLIENT_API_VERSION;
    }
    if (call.requiresLeader() && !view.hasLeader()) {
      return ApiError.NO_LEADER;
    }
    return null;
  }

  /// Header values come as one char per byte.
  private static boolean isUtf8(String value) {
    for (int i = 0; i < value.length(); i++) {
      if (value.charAt(i) >= 0x80) {
        return decodes(value);
      }
    }
    return true;
  }

  private static boolean decodes(String value) {
    byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException _) {
      return false;
    }
  }
}
