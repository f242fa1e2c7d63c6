package io.flotilla.router.auth;

import com.google.protobuf.Message;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AuthRoleGetRequest;
import io.flotilla.proto.etcd.AuthRoleListRequest;
import io.flotilla.proto.etcd.AuthStatusRequest;
import io.flotilla.proto.etcd.AuthUserGetRequest;
import io.flotilla.proto.etcd.AuthUserListRequest;
import io.flotilla.proto.etcd.AuthenticateRequest;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.TxnRequest;

/// What kinds of requests have in common.
final class Requests {
  private Requests() {}

  /// Whether a request is answered by the log: then its client hears of a cluster without a leader
  /// in the words for writes.
  static boolean isWrite(Message request) {
    return switch (request) {
      case PutRequest _, DeleteRangeRequest _, TxnRequest _, CompactionRequest _ -> true;
      case LeaseGrantRequest _, LeaseRevokeRequest _, AlarmRequest _ -> true;
      case AuthStatusRequest _, AuthUserGetRequest _, AuthUserListRequest _ -> false;
      case AuthRoleGetRequest _, AuthRoleListRequest _ -> false;
      default -> isOfAuth(request);
    };
  }

  private static boolean isOfAuth(Message request) {
    return request.getDescriptorForType().getFile().getName().endsWith("etcdserverpb/auth.proto");
  }

  /// Whether a request asks for a token, which takes the newest password.
  static boolean isLogin(Message request) {
    return request instanceof AuthenticateRequest;
  }
}
