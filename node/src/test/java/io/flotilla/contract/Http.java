package io.flotilla.contract;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.regex.Pattern;

/// Plain HTTP to a server: the JSON gateway, health, version, metrics.
final class Http {
  private static final Duration TIMEOUT = Duration.ofSeconds(15);
  private static final Pattern SERVER_VERSION = Pattern.compile("\"etcdserver\":\\s*\"([^\"]+)\"");
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final String endpoint;

  Http(String endpoint) {
    this.endpoint = endpoint;
  }

  HttpResponse<String> get(String path) {
    return send("GET", path, "");
  }

  /// Posts a JSON body.
  HttpResponse<String> post(String path, String json) {
    return send("POST", path, json);
  }

  /// @param headers names and values in turn
  HttpResponse<String> send(String method, String path, String body, String... headers) {
    try {
      return CLIENT.send(request(method, path, body, headers), BodyHandlers.ofString());
    } catch (IOException failure) {
      throw new AssertionError(method + " " + path + " has no answer", failure);
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  /// Posts and hands out the answer's lines as they come; closing the lines ends the call.
  HttpLines stream(String path, String body) {
    try {
      var response = CLIENT.send(request("POST", path, body), BodyHandlers.ofInputStream());
      return new HttpLines(response);
    } catch (IOException failure) {
      throw new AssertionError(path + " has no answer", failure);
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  private HttpRequest request(String method, String path, String body, String... headers) {
    var publisher = body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
    var uri = URI.create("http://" + endpoint + path);
    var builder = HttpRequest.newBuilder(uri).timeout(TIMEOUT).method(method, publisher);
    if (headers.length > 0) {
      builder.headers(headers);
    }
    return builder.build();
  }

  static boolean isHealthy(String endpoint) {
    var request = HttpRequest.newBuilder(URI.create("http://" + endpoint + "/health"));
    try {
      return CLIENT.send(request.timeout(TIMEOUT).build(), BodyHandlers.discarding()).statusCode()
          == 200;
    } catch (IOException notYet) {
      return false;
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  static String serverVersion(String endpoint) {
    var body = new Http(endpoint).get("/version").body();
    var matcher = SERVER_VERSION.matcher(body);
    if (!matcher.find()) {
      throw new IllegalStateException("no etcdserver in " + body);
    }
    return matcher.group(1);
  }
}
