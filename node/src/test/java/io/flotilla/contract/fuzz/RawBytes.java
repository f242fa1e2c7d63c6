package io.flotilla.contract.fuzz;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/// Connections on which nothing is as it should be. Each is closed after a moment, whatever the
/// server does.
final class RawBytes {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int PATIENCE_MILLIS = 30;
  private static final int MAX_FRAMES = 12;

  private final SplittableRandom random;
  private final RandomMessages messages;

  RawBytes(SplittableRandom random, RandomMessages messages) {
    this.random = random;
    this.messages = messages;
  }

  /// @param endpoint host and port
  void send(String endpoint) {
    String[] parts = endpoint.split(":");
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(parts[0], Integer.parseInt(parts[1])), 5_000);
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write(content());
      socket.getOutputStream().flush();
      socket.getInputStream().readNBytes(64);
    } catch (IOException expected) {
      // It hung up, or had nothing to say.
    }
  }

  private byte[] content() {
    return switch (random.nextInt(4)) {
      case 0 -> messages.noise(1 + random.nextInt(2_000));
      case 1 -> http1();
      case 2 -> messages.hurt(RandomMessages.joined(PREFACE, frames()));
      default -> RandomMessages.joined(PREFACE, frames());
    };
  }

  private byte[] http1() {
    String head =
        "POST /v3/kv/range HTTP/1.1\r\nHost: a\r\nContent-Length: "
            + (random.nextInt(3) == 0 ? "-5" : String.valueOf(random.nextInt(100)))
            + "\r\nTransfer-Encoding: chunked\r\nX-A: "
            + "b".repeat(random.nextInt(3_000))
            + "\r\n\r\n{\"key\":\"YQ==\"}";
    return messages.hurt(head.getBytes(StandardCharsets.US_ASCII));
  }

  /// Frames of HTTP/2 of all types, with lengths, flags and streams at random (RFC 9113, 4.1).
  private byte[] frames() {
    byte[] all = new byte[0];
    for (int i = random.nextInt(MAX_FRAMES); i > 0; i--) {
      byte[] payload = messages.noise(random.nextInt(random.nextInt(4) == 0 ? 20_000 : 40));
      int length = random.nextInt(6) == 0 ? random.nextInt(1 << 24) : payload.length;
      var frame = ByteBuffer.allocate(9 + payload.length);
      frame.put((byte) (length >> 16)).put((byte) (length >> 8)).put((byte) length);
      frame.put((byte) random.nextInt(12)).put((byte) random.nextInt(256));
      frame.putInt(random.nextInt(3) == 0 ? random.nextInt() : random.nextInt(6)).put(payload);
      all = RandomMessages.joined(all, frame.array());
    }
    return all;
  }
}
