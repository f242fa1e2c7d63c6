package io.flotilla.simulation.chaos;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// The network between the nodes: a proxy before each node's peer port, which every other node uses
/// for it. What a node sends to another can be held back or slowed down, in each direction; what is
/// held back comes when the link heals, as TCP does it. Safe for many threads.
final class Links implements AutoCloseable {
  private final List<Endpoint> targets;
  private final Supplier<List<Long>> pids;
  private final List<ServerSocket> doors = new ArrayList<>();
  private final Pipe[][] pipes;

  /// For connections of strangers, which no fault concerns.
  private final Pipe free = new Pipe();

  private final Set<Hop> hops = ConcurrentHashMap.newKeySet();

  /// One connection through a proxy.
  private record Hop(int from, int to, Socket near, Socket far) {
    void close() {
      Links.close(near);
      Links.close(far);
    }
  }

  /// @param targets the port at which each node waits for its peers
  /// @param pids the process of each node now
  Links(List<Endpoint> targets, Supplier<List<Long>> pids) {
    this.targets = List.copyOf(targets);
    this.pids = pids;
    this.pipes = new Pipe[targets.size()][targets.size()];
    for (Pipe[] row : pipes) {
      Arrays.setAll(row, _ -> new Pipe());
    }
    try {
      for (int node = 0; node < targets.size(); node++) {
        doors.add(new ServerSocket(0, 128, InetAddress.getLoopbackAddress()));
      }
    } catch (IOException failure) {
      close();
      throw new UncheckedIOException("no port for a proxy", failure);
    }
    for (int node = 0; node < targets.size(); node++) {
      int to = node;
      Thread.ofVirtual().name("proxy-" + node).start(() -> serve(to));
    }
  }

  /// Where the other nodes reach this one.
  Endpoint address(int node) {
    return new Endpoint(doors.get(node).getLocalPort());
  }

  /// Holds back what `from` sends to `to`.
  void cut(int from, int to) {
    pipes[from][to].hold();
  }

  /// Makes both directions slow.
  ///
  /// @param delayMillis for each piece of up to 64 KiB
  void slow(int one, int other, long delayMillis, long bytesPerSecond) {
    pipes[one][other].slow(delayMillis, bytesPerSecond);
    pipes[other][one].slow(delayMillis, bytesPerSecond);
  }

  void heal() {
    for (Pipe[] row : pipes) {
      for (Pipe pipe : row) {
        pipe.heal();
      }
    }
  }

  /// Ends all connections between the two.
  void reset(int one, int other) {
    for (Hop hop : hops) {
      if ((hop.from == one && hop.to == other) || (hop.from == other && hop.to == one)) {
        hop.close();
      }
    }
  }

  private void serve(int to) {
    ServerSocket door = doors.get(to);
    while (!door.isClosed()) {
      try {
        Socket near = door.accept();
        Thread.ofVirtual().name("link-to-" + to).start(() -> connect(near, to));
      } catch (IOException _) {
        return; // closed
      }
    }
  }

  private void connect(Socket near, int to) {
    int from = -1;
    try {
      from = SocketOwners.indexOf(pids.get(), near.getPort(), near.getLocalPort());
      Pipe there = from < 0 ? free : pipes[from][to];
      Pipe back = from < 0 ? free : pipes[to][from];
      there.pass(0);
      var far = new Socket();
      far.connect(new InetSocketAddress(Endpoint.HOST, targets.get(to).port()));
      near.setTcpNoDelay(true);
      far.setTcpNoDelay(true);
      var hop = new Hop(from, to, near, far);
      hops.add(hop);
      Thread.ofVirtual().start(() -> pump(hop, far, near, back));
      pump(hop, near, far, there);
    } catch (IOException _) {
      close(near); // the node is down
    } catch (InterruptedException _) {
      close(near);
      Thread.currentThread().interrupt();
    }
  }

  private void pump(Hop hop, Socket source, Socket sink, Pipe pipe) {
    byte[] buffer = new byte[Pipe.PIECE_BYTES];
    try {
      var in = source.getInputStream();
      var out = sink.getOutputStream();
      int count = in.read(buffer);
      while (count >= 0) {
        pipe.pass(count);
        out.write(buffer, 0, count);
        count = in.read(buffer);
      }
      pipe.pass(0);
    } catch (IOException _) {
      // One end is gone; so is the other, below.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      hop.close();
      hops.remove(hop);
    }
  }

  @Override
  public void close() {
    doors.forEach(Links::close);
    hops.forEach(Hop::close);
    heal();
  }

  private static void close(Closeable socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It is of no use any more.
    }
  }
}
