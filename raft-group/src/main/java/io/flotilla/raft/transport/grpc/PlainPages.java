package io.flotilla.raft.transport.grpc;

import io.flotilla.proto.command.Member;
import io.flotilla.proto.command.Membership;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;

/// What a peer port answers to plain HTTP, as etcd's does: `GET /version` and `GET /members`.
final class PlainPages {
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final String JSON = "application/json";

  private final PeerDirectory directory;

  PlainPages(PeerDirectory directory) {
    this.directory = directory;
  }

  void answer(HttpServerRequest request) {
    HttpServerResponse response = request.response();
    boolean members = request.path().equals("/members");
    if (!members && !request.path().equals("/version")) {
      text(response.setStatusCode(NOT_FOUND), "404 page not found\n");
    } else if (!request.method().equals(HttpMethod.GET)) {
      response.putHeader("Allow", "GET");
      text(response.setStatusCode(METHOD_NOT_ALLOWED), "Method Not Allowed\n");
    } else if (members) {
      Membership all = directory.members();
      response.putHeader("X-Etcd-Cluster-ID", Long.toHexString(all.getClusterId()));
      response.setStatusCode(OK).putHeader("Content-Type", JSON);
      response.end(json(all).encode() + "\n");
    } else {
      response.setStatusCode(OK).putHeader("Content-Type", JSON).end(directory.versionJson());
    }
  }

  private static void text(HttpServerResponse response, String text) {
    response.putHeader("Content-Type", "text/plain; charset=utf-8").end(text);
  }

  private static JsonArray json(Membership all) {
    var list = new JsonArray();
    all.getMembersList().forEach(member -> list.add(json(member)));
    return list;
  }

  /// etcd leaves out what is empty, except the peer URLs.
  private static JsonObject json(Member member) {
    var object =
        new JsonObject()
            .put("id", new BigInteger(Long.toUnsignedString(member.getId())))
            .put("peerURLs", new JsonArray(member.getPeerUrlsList()));
    if (member.getIsLearner()) {
      object.put("isLearner", true);
    }
    if (!member.getName().isEmpty()) {
      object.put("name", member.getName());
    }
    if (member.getClientUrlsCount() > 0) {
      object.put("clientURLs", new JsonArray(member.getClientUrlsList()));
    }
    return object;
  }
}
