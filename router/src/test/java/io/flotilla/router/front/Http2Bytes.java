package io.flotilla.router.front;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/// HTTP/2 frames by hand, header fields as literals.
final class Http2Bytes {
  private static final byte DATA = 0;
  private static final byte HEADERS = 1;
  private static final byte END_STREAM = 1;
  private static final byte END_HEADERS = 4;
  private static final int MESSAGE_HEAD_BYTES = 5;

  private Http2Bytes() {}

  /// The headers of a gRPC call.
  static byte[] openStream(int id, String path, int port) {
    var fields = Buffer.buffer();
    field(fields, ":method", "POST");
    field(fields, ":scheme", "http");
    field(fields, ":path", path);
    field(fields, ":authority", "127.0.0.1:" + port);
    field(fields, "content-type", "application/grpc");
    return frame(HEADERS, END_HEADERS, id, fields);
  }

  /// An empty message, then the end of the request.
  static byte[] emptyMessageAndEnd(int id) {
    return frame(DATA, END_STREAM, id, Buffer.buffer(new byte[MESSAGE_HEAD_BYTES]));
  }

  private static byte[] frame(byte type, byte flags, int id, Buffer payload) {
    return Buffer.buffer()
        .appendMedium(payload.length())
        .appendByte(type)
        .appendByte(flags)
        .appendInt(id)
        .appendBuffer(payload)
        .getBytes();
  }

  /// A literal field that is not indexed (RFC 7541 §6.2.2); both texts are shorter than 127.
  private static void field(Buffer fields, String name, String value) {
    fields.appendByte((byte) 0);
    for (String text : new String[] {name, value}) {
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      fields.appendByte((byte) bytes.length).appendBytes(bytes);
    }
  }
}
