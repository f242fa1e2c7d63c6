package io.flotilla.router.front.grpc;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.UnsafeByteOperations;
import io.flotilla.router.error.ApiException;
import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.front.rpc.CallLimits;
import io.netty.buffer.Unpooled;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.grpc.common.GrpcHeaderNames;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcStatus;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/// Messages between their bytes and their objects.
final class GrpcPayload {
  private static final int COPY_BYTES = 8192;

  /// Stands for the encoding of a request that names none: the transport below cannot tell a
  /// compressed message without it.
  private static final String UNNAMED = "unnamed";

  private GrpcPayload() {}

  /// Gives the headers of a request an encoding if they name none that a message could have.
  static void nameEncoding(MultiMap headers) {
    String encoding = headers.get(GrpcHeaderNames.GRPC_ENCODING);
    if (encoding == null || encoding.equals("identity")) {
      headers.set(GrpcHeaderNames.GRPC_ENCODING, UNNAMED);
    }
  }

  /// Why requests of this `grpc-encoding` cannot be read; null if they can.
  ///
  /// @param encoding after [#nameEncoding]
  static @Nullable ApiStatus refusalOf(String encoding) {
    if (encoding.equals(UNNAMED) || encoding.equals("gzip")) {
      return null;
    }
    return new ApiStatus(
        GrpcStatus.UNIMPLEMENTED,
        "grpc: Decompressor is not installed for grpc-encoding \"" + encoding + "\"");
  }

  static ApiStatus tooLarge(long bytes, int maxBytes) {
    return new ApiStatus(
        GrpcStatus.RESOURCE_EXHAUSTED,
        "grpc: received message larger than max (" + bytes + " vs. " + maxBytes + ")");
  }

  /// The bytes of a message as the client meant them.
  ///
  /// @throws ApiException when they do not decompress, or to more than `maxBytes`, or are said to
  ///     be compressed by a request that does not say how
  static byte[] bytes(GrpcMessage message, int maxBytes) {
    byte[] sent = message.payload().getBytes();
    return switch (message.encoding()) {
      case "gzip" -> gunzip(sent, maxBytes);
      case UNNAMED ->
          throw new ApiStatus(
                  GrpcStatus.INTERNAL, "grpc: compressed flag set with identity or empty encoding")
              .asException();
      default -> sent;
    };
  }

  private static byte[] gunzip(byte[] packed, int maxBytes) {
    var out = new ByteArrayOutputStream(Math.min(maxBytes, packed.length * 2));
    byte[] chunk = new byte[COPY_BYTES];
    try (var in = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        if (out.size() + n > maxBytes) {
          throw tooLarge(out.size() + (long) n, maxBytes).asException();
        }
        out.write(chunk, 0, n);
      }
    } catch (IOException e) {
      throw new ApiStatus(GrpcStatus.INTERNAL, "grpc: failed to decompress the received message")
          .asException();
    }
    return out.toByteArray();
  }

  /// Parses a message. Its bytes fields share `bytes`, which nobody else holds.
  ///
  /// @throws ApiException when it cannot be parsed
  @SuppressWarnings("unchecked")
  static <Q extends Message> Q parse(Q prototype, byte[] bytes) {
    try {
      CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
      in.enableAliasing(true);
      in.setRecursionLimit(CallLimits.MAX_NESTING);
      Message parsed = prototype.getParserForType().parseFrom(in);
      in.checkLastTagWas(0);
      return (Q) parsed;
    } catch (InvalidProtocolBufferException e) {
      throw new ApiStatus(GrpcStatus.INTERNAL, "grpc: error unmarshalling request: " + reason(e))
          .asException();
    }
  }

  private static String reason(InvalidProtocolBufferException e) {
    String detail = String.valueOf(e.getMessage());
    return detail.contains("UTF-8")
        ? "string field contains invalid UTF-8"
        : "proto: cannot parse invalid wire-format data";
  }

  /// A response's bytes; the buffer owns them.
  static Buffer encode(Message response) {
    return BufferInternal.buffer(Unpooled.wrappedBuffer(response.toByteArray()));
  }
}
