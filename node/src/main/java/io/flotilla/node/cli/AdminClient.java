package io.flotilla.node.cli;

import com.google.protobuf.Message;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.ListShardsRequest;
import io.flotilla.proto.admin.ListShardsResponse;
import io.flotilla.proto.admin.PlanRequest;
import io.flotilla.proto.admin.PlanResponse;
import io.flotilla.proto.admin.ShardAdminGrpcClient;
import io.flotilla.proto.etcd.AuthGrpcClient;
import io.flotilla.proto.etcd.AuthenticateRequest;
import io.flotilla.raft.transport.tls.SocketTls;
import io.flotilla.router.error.ApiError;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Asks a node of a cluster that runs about its shards. Blocks; one thread.
final class AdminClient implements AutoCloseable {
  /// Longer than a node waits for its cluster.
  private static final long PATIENCE_MILLIS = 8_000;

  /// Nobody answered, or not with what was asked for. The message is for the operator.
  static final class FailedException extends Exception {
    private static final long serialVersionUID = 1;

    FailedException(String message) {
      super(message);
    }
  }

  private final Vertx vertx;
  private final ClientTls tls;
  private GrpcClient client;
  private SocketAddress node;
  private @Nullable String token;

  private AdminClient(ClientTls tls, URI first) {
    this.vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
    this.tls = tls;
    this.client = client(first);
    this.node = address(first);
  }

  private void turnTo(URI url) {
    client.close();
    client = client(url);
    node = address(url);
  }

  private GrpcClient client(URI url) {
    if (!url.getScheme().equals("https")) {
      return GrpcClient.client(vertx);
    }
    var options = new HttpClientOptions();
    SocketTls.call(tls.store(), options);
    return GrpcClient.builder(vertx).with(options).build();
  }

  /// The first of these that answers.
  ///
  /// @param endpoints HOST:PORT or URLs, not empty
  /// @param tls of those that are `https`
  /// @param user NAME:PASSWORD; empty for a cluster that does not ask for users
  /// @throws FailedException when none does; says why each did not
  /// @throws IllegalArgumentException when one is no address, or the user has no password
  static AdminClient of(List<String> endpoints, ClientTls tls, String user) throws FailedException {
    List<URI> urls = endpoints.stream().map(tls::url).toList();
    var client = new AdminClient(tls, urls.getFirst());
    List<String> faults = new ArrayList<>();
    for (URI url : urls) {
      client.turnTo(url);
      try {
        client.logIn(user);
        client.list();
        return client;
      } catch (FailedException fault) {
        faults.add(client.node + " does not answer: " + fault.getMessage());
      }
    }
    client.close();
    throw new FailedException(String.join("; ", faults));
  }

  private static SocketAddress address(URI url) {
    return SocketAddress.inetSocketAddress(url.getPort(), url.getHost().replaceAll("[\\[\\]]", ""));
  }

  /// A cluster that does not ask for users has no tokens to give, and takes none.
  private void logIn(String user) throws FailedException {
    if (user.isEmpty()) {
      return;
    }
    int colon = user.indexOf(':');
    if (colon < 1) {
      throw new IllegalArgumentException("--user is NAME:PASSWORD");
    }
    var request =
        AuthenticateRequest.newBuilder()
            .setName(user.substring(0, colon))
            .setPassword(user.substring(colon + 1))
            .build();
    try {
      token = ask(AuthGrpcClient.Authenticate, request).getToken();
    } catch (FailedException refused) {
      if (!ApiError.AUTH_NOT_ENABLED.status().message().equals(refused.getMessage())) {
        throw refused;
      }
    }
  }

  ListShardsResponse list() throws FailedException {
    return ask(ShardAdminGrpcClient.List, ListShardsRequest.getDefaultInstance());
  }

  ChangeShardsResponse change(ChangeShardsRequest request) throws FailedException {
    return ask(ShardAdminGrpcClient.Change, request);
  }

  PlanResponse plan(PlanRequest request) throws FailedException {
    return ask(ShardAdminGrpcClient.Plan, request);
  }

  private <Q extends Message, R extends Message> R ask(ServiceMethod<R, Q> method, Q request)
      throws FailedException {
    try {
      return client
          .request(node, method)
          .compose(
              call -> {
                if (token != null) {
                  call.headers().set("token", token);
                }
                return call.end(request).compose(_ -> call.response());
              })
          .compose(AdminClient::answer)
          .toCompletionStage()
          .toCompletableFuture()
          .get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException failure) {
      throw new FailedException(String.valueOf(failure.getCause().getMessage()));
    } catch (TimeoutException late) {
      throw new FailedException("no answer in " + PATIENCE_MILLIS / 1000 + " s");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new FailedException("interrupted");
    }
  }

  private static <R> Future<R> answer(GrpcClientResponse<?, R> response) {
    return response
        .last()
        .recover(
            failure -> {
              GrpcStatus status = response.status();
              return Future.failedFuture(
                  status == null || status == GrpcStatus.OK
                      ? failure
                      : new FailedException(refusal(status, response.statusMessage())));
            });
  }

  private static String refusal(GrpcStatus status, String message) {
    return switch (status) {
      case UNIMPLEMENTED -> "it is of a version that cannot do this";
      default -> message == null || message.isEmpty() ? status.toString() : message;
    };
  }

  @Override
  public void close() {
    vertx.close();
  }
}
