package io.flotilla.node.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `flotilla health`: whether a node works, for scripts that have no HTTP client with TLS.
@Command(
    name = "health",
    description = {
      "Asks a node whether it works and prints what it says.",
      "Exit status: 0 it works, 1 it does not or does not answer."
    })
final class HealthCommand implements Callable<Integer> {
  private static final Duration PATIENCE = Duration.ofSeconds(4);

  @Spec private CommandSpec spec;

  @Mixin private ClientTls tls = new ClientTls();

  @Option(
      names = "--endpoint",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:2379",
      description = "Where it listens, for clients or for metrics [127.0.0.1:2379].")
  private String endpoint = "";

  @Option(
      names = "--path",
      defaultValue = "/livez",
      description = "/livez, /readyz or /health [/livez].")
  private String path = "";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "This text.")
  private boolean help;

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    try {
      HttpResponse<String> answer = ask(tls.url(endpoint).resolve(path));
      spec.commandLine().getOut().println(answer.body().strip());
      spec.commandLine().getOut().flush();
      return answer.statusCode() == 200 ? 0 : 1;
    } catch (IOException | IllegalArgumentException fault) {
      err.println("flotilla: " + endpoint + " does not tell its health: " + fault);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    err.flush();
    return 1;
  }

  private HttpResponse<String> ask(URI page) throws IOException, InterruptedException {
    var builder =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE);
    if (page.getScheme().equals("https")) {
      builder.sslContext(tls.context());
    }
    try (HttpClient http = builder.build()) {
      var request = HttpRequest.newBuilder(page).timeout(PATIENCE).build();
      return http.send(request, BodyHandlers.ofString());
    }
  }
}
