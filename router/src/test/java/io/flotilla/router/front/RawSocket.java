package io.flotilla.router.front;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/// A TCP connection to a front, for what no HTTP client sends. Reads fail after ten seconds.
final class RawSocket implements AutoCloseable {
  private static final int READ_MILLIS = 10_000;

  private final Socket socket;
  private final InputStream in;

  RawSocket(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(READ_MILLIS);
    socket.setTcpNoDelay(true);
    in = socket.getInputStream();
  }

  /// Sends as much as the other side takes; it may close at any point.
  void send(byte[] bytes) {
    trySend(bytes);
  }

  boolean trySend(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      return true;
    } catch (IOException closed) {
      return false;
    }
  }

  /// Waits until something came.
  void awaitBytes() throws IOException {
    if (in.read() < 0) {
      throw new AssertionError("closed without a word");
    }
  }

  /// A line of what came.
  String readLine() throws IOException {
    var line = new StringBuilder();
    for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
      line.append((char) b);
    }
    return line.toString();
  }

  /// Waits until the other side closes.
  ///
  /// @return the bytes that came before
  long awaitEnd() throws IOException {
    long bytes = 0;
    byte[] buffer = new byte[4096];
    try {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        bytes += n;
      }
    } catch (SocketException reset) {
      return bytes;
    }
    return bytes;
  }

  /// Whether the other side has not closed.
  boolean isOpen() throws IOException {
    socket.setSoTimeout(1);
    try {
      return in.read() >= 0;
    } catch (java.net.SocketTimeoutException open) {
      return true;
    } catch (SocketException reset) {
      return false;
    } finally {
      socket.setSoTimeout(READ_MILLIS);
    }
  }

  /// Drops the connection without a goodbye.
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
