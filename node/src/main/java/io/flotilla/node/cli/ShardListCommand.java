package io.flotilla.node.cli;

import io.flotilla.node.run.ShardTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `flotilla shard list`: prints the page that every node serves to clients.
@Command(
    name = "list",
    description = {
      "Prints one line for each shard: its group, its keys and how the group is.",
      "Any node tells it; the first endpoint that answers is taken.",
      "Exit status: 0 printed, 1 nobody answered."
    })
final class ShardListCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @Spec private CommandSpec spec;

  @Mixin private ClientTls tls = new ClientTls();

  @Option(
      names = "--endpoints",
      paramLabel = "HOST:PORT,...",
      split = ",",
      defaultValue = "127.0.0.1:2379",
      description = "Client addresses of nodes [127.0.0.1:2379].")
  private List<String> endpoints = List.of();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "This text.")
  private boolean help;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (var http = client()) {
      for (String endpoint : endpoints) {
        try {
          out.print(ask(http, endpoint));
          out.flush();
          return 0;
        } catch (IOException | IllegalArgumentException fault) {
          err.println("flotilla: " + endpoint + " does not tell its shards: " + fault);
        }
      }
    } catch (IllegalArgumentException fault) {
      err.println("flotilla: " + fault.getMessage());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    err.flush();
    return 1;
  }

  private HttpClient client() {
    var builder =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE);
    boolean secure = endpoints.stream().anyMatch(each -> tls.url(each).getScheme().equals("https"));
    return secure ? builder.sslContext(tls.context()).build() : builder.build();
  }

  private String ask(HttpClient http, String endpoint) throws IOException, InterruptedException {
    URI page = tls.url(endpoint).resolve(ShardTable.PATH);
    var request = HttpRequest.newBuilder(page).timeout(PATIENCE).build();
    HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException("status " + answer.statusCode());
    }
    return answer.body();
  }
}
