package io.flotilla.contract.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.AnnotationsProto;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import io.flotilla.contract.Etcd;
import io.flotilla.contract.Launcher;
import io.flotilla.contract.Requests;
import io.flotilla.contract.Servers;
import io.flotilla.proto.etcd.AuthServiceProto;
import io.flotilla.proto.etcd.KvServiceProto;
import io.flotilla.proto.etcd.LeaseProto;
import io.flotilla.proto.etcd.MaintenanceProto;
import io.flotilla.proto.etcd.WatchProto;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A node of several groups under calls, documents and bytes at random on its client and peer
/// ports:
/// no call ends in silence or as a fault of the server, nothing is logged as an error, and who
/// behaves is served all along.
///
/// `-Dfuzz.rounds=20000 -Dseed=7` goes on for longer.
@Timeout(3600)
class FuzzTest {
  /// They change who may do what, or what the cluster is; then there is nothing left to test.
  private static final Set<String> LEFT_OUT =
      Set.of("AuthEnable", "Alarm", "Downgrade", "MoveLeader", "Snapshot");

  private static final List<FileDescriptor> FILES =
      List.of(
          KvServiceProto.getDescriptor(),
          WatchProto.getDescriptor(),
          LeaseProto.getDescriptor(),
          MaintenanceProto.getDescriptor(),
          AuthServiceProto.getDescriptor());

  @TempDir Path directory;

  @Test
  void whateverComesTheNodeServesTheOthers() throws IOException {
    long seed = Long.getLong("seed", 1);
    int rounds = Integer.getInteger("fuzz.rounds", 1_000);
    var flags = List.of("initial-shards=b,k,x");
    List<String> faults = new ArrayList<>();
    try (var node = new Launcher(Servers.command(), flags, directory)) {
      node.start();
      faults.addAll(new Attack(seed, node).run(rounds));
    }
    try (Stream<String> log = Files.lines(directory.resolve("server.log"))) {
      log.filter(line -> line.contains(" ERROR ")).limit(5).forEach(faults::add);
    }
    assertThat(faults).as("with -Dseed=" + seed).isEmpty();
  }

  private static final class Attack {
    private static final int ROUNDS_BETWEEN_CHECKS = 50;
    private static final int ENOUGH = 5;

    private final SplittableRandom random;
    private final Launcher node;
    private final RandomCalls calls;
    private final RawBytes raw;
    private final List<MethodDescriptor> methods;
    private final List<String> faults = new ArrayList<>();

    Attack(long seed, Launcher node) {
      this.random = new SplittableRandom(seed);
      this.node = node;
      this.methods =
          FILES.stream()
              .flatMap(file -> file.getServices().stream())
              .flatMap(service -> service.getMethods().stream())
              .filter(method -> !LEFT_OUT.contains(method.getName()))
              .filter(method -> !method.isClientStreaming())
              .toList();
      var messages = new RandomMessages(random);
      this.calls = new RandomCalls(random, messages, methods);
      this.raw = new RawBytes(random, messages);
    }

    List<String> run(int rounds) throws IOException {
      ManagedChannel channel =
          NettyChannelBuilder.forTarget(node.endpoint()).usePlaintext().disableRetry().build();
      try (var http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
          var good = new Etcd(node.endpoint())) {
        for (int round = 1; round <= rounds && faults.size() < ENOUGH; round++) {
          attack(channel, http);
          if (round % ROUNDS_BETWEEN_CHECKS == 0) {
            checkServed(good, round);
          }
        }
      } finally {
        channel.shutdownNow();
      }
      return faults;
    }

    private void attack(ManagedChannel channel, HttpClient http) throws IOException {
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> note(calls.grpc(channel));
        case 3, 4 -> {
          MethodDescriptor method = methods.get(random.nextInt(methods.size()));
          if (!method.isServerStreaming()) {
            note(calls.json(http, node.endpoint(), path(method), method));
          }
        }
        case 5, 6 -> raw.send(node.endpoint());
        default -> raw.send(node.peerUrl().substring("http://".length()));
      }
    }

    private static String path(MethodDescriptor method) {
      return method.getOptions().getExtension(AnnotationsProto.http).getPost();
    }

    private void note(String fault) {
      if (!fault.isEmpty()) {
        faults.add(fault);
      }
    }

    /// In every group.
    private void checkServed(Etcd good, int round) {
      for (String key : List.of("a", "c", "m", "z")) {
        var written = Requests.bytes(key + "/good");
        good.put(Requests.put(written, "round " + round));
        var read = good.range(Requests.range(written));
        assertThat(read.getKvs(0).getValue().toStringUtf8()).isEqualTo("round " + round);
      }
    }
  }
}
