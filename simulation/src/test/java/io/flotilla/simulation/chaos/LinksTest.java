package io.flotilla.simulation.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// This process plays node 0, which dials, and node 1, which is dialled.
class LinksTest {
  private static final int SOON_MILLIS = 10_000;
  private static final int NOT_YET_MILLIS = 200;

  private ServerSocket target;
  private Links links;
  private Socket near;
  private Socket far;

  @BeforeEach
  void connect() throws IOException {
    target = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    var ports = List.of(new Endpoint(1), new Endpoint(target.getLocalPort()));
    links = new Links(ports, () -> List.of(ProcessHandle.current().pid(), 0L));
    near = new Socket(Endpoint.HOST, links.address(1).port());
    far = target.accept();
    near.setSoTimeout(SOON_MILLIS);
    far.setSoTimeout(SOON_MILLIS);
  }

  @AfterEach
  void close() throws IOException {
    links.close();
    near.close();
    far.close();
    target.close();
  }

  @Test
  void whatIsSentArrivesInBothDirections() throws IOException {
    near.getOutputStream().write(7);
    assertThat(far.getInputStream().read()).isEqualTo(7);
    far.getOutputStream().write(8);
    assertThat(near.getInputStream().read()).isEqualTo(8);
  }

  @Test
  void aCutHoldsBackOneDirectionUntilItHeals() throws IOException {
    links.cut(0, 1);
    near.getOutputStream().write(7);
    assertNothingComes(far);
    far.getOutputStream().write(8);
    assertThat(near.getInputStream().read()).isEqualTo(8);
    links.heal();
    assertThat(far.getInputStream().read()).isEqualTo(7);
  }

  @Test
  void theOtherDirectionIsCutForItself() throws IOException {
    links.cut(1, 0);
    far.getOutputStream().write(8);
    assertNothingComes(near);
    near.getOutputStream().write(7);
    assertThat(far.getInputStream().read()).isEqualTo(7);
    links.heal();
    assertThat(near.getInputStream().read()).isEqualTo(8);
  }

  @Test
  void aNewConnectionWaitsForTheLinkToHeal() throws IOException {
    links.cut(0, 1);
    target.setSoTimeout(NOT_YET_MILLIS);
    try (var late = new Socket(Endpoint.HOST, links.address(1).port())) {
      assertThatThrownBy(target::accept).isInstanceOf(SocketTimeoutException.class);
      links.heal();
      target.setSoTimeout(SOON_MILLIS);
      target.accept().close();
      assertThat(late.isConnected()).isTrue();
    }
  }

  @Test
  void aResetEndsTheConnection() throws IOException {
    whatIsSentArrivesInBothDirections();
    links.reset(1, 0);
    assertThat(endOf(near)).isTrue();
  }

  @Test
  void anEndOnOneSideEndsTheOther() throws IOException {
    far.close();
    assertThat(endOf(near)).isTrue();
  }

  @Test
  void aSlowLinkTakesItsTime() throws IOException {
    links.slow(0, 1, NOT_YET_MILLIS, Long.MAX_VALUE);
    long begin = System.nanoTime();
    near.getOutputStream().write(7);
    assertThat(far.getInputStream().read()).isEqualTo(7);
    assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(NOT_YET_MILLIS * 1_000_000L);
  }

  private static boolean endOf(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketException reset) {
      return true;
    } catch (IOException late) {
      throw new AssertionError("the connection goes on", late);
    }
  }

  private static void assertNothingComes(Socket socket) throws IOException {
    socket.setSoTimeout(NOT_YET_MILLIS);
    assertThatThrownBy(() -> socket.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    socket.setSoTimeout(SOON_MILLIS);
  }
}
