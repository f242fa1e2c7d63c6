package io.flotilla.router.error;

import static io.vertx.grpc.common.GrpcStatus.CANCELLED;
import static io.vertx.grpc.common.GrpcStatus.DATA_LOSS;
import static io.vertx.grpc.common.GrpcStatus.DEADLINE_EXCEEDED;
import static io.vertx.grpc.common.GrpcStatus.FAILED_PRECONDITION;
import static io.vertx.grpc.common.GrpcStatus.INVALID_ARGUMENT;
import static io.vertx.grpc.common.GrpcStatus.NOT_FOUND;
import static io.vertx.grpc.common.GrpcStatus.OUT_OF_RANGE;
import static io.vertx.grpc.common.GrpcStatus.PERMISSION_DENIED;
import static io.vertx.grpc.common.GrpcStatus.RESOURCE_EXHAUSTED;
import static io.vertx.grpc.common.GrpcStatus.UNAUTHENTICATED;
import static io.vertx.grpc.common.GrpcStatus.UNAVAILABLE;
import static io.vertx.grpc.common.GrpcStatus.UNIMPLEMENTED;
import static io.vertx.grpc.common.GrpcStatus.UNKNOWN;

import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.vertx.grpc.common.GrpcStatus;
import org.jspecify.annotations.Nullable;

/// Every error of etcd's client API, code and text byte for byte (etcd 3.7). Client libraries
/// choose their reaction by the text, so a row is never reworded.
public enum ApiError {
  EMPTY_KEY(INVALID_ARGUMENT, "etcdserver: key is not provided"),
  KEY_NOT_FOUND(INVALID_ARGUMENT, "etcdserver: key not found"),
  VALUE_PROVIDED(INVALID_ARGUMENT, "etcdserver: value is provided"),
  LEASE_PROVIDED(INVALID_ARGUMENT, "etcdserver: lease is provided"),
  TOO_MANY_OPS(INVALID_ARGUMENT, "etcdserver: too many operations in txn request"),
  DUPLICATE_KEY(INVALID_ARGUMENT, "etcdserver: duplicate key given in txn request"),
  INVALID_CLIENT_API_VERSION(INVALID_ARGUMENT, "etcdserver: invalid client api version"),
  INVALID_SORT_OPTION(INVALID_ARGUMENT, "etcdserver: invalid sort option"),
  REQUEST_TOO_LARGE(INVALID_ARGUMENT, "etcdserver: request is too large"),
  INVALID_MEMBER_URLS(INVALID_ARGUMENT, "etcdserver: given member URLs are invalid"),
  USER_EMPTY(INVALID_ARGUMENT, "etcdserver: user name is empty"),
  ROLE_EMPTY(INVALID_ARGUMENT, "etcdserver: role name is empty"),
  AUTH_FAILED(INVALID_ARGUMENT, "etcdserver: authentication failed, invalid user ID or password"),
  PERMISSION_NOT_GIVEN(INVALID_ARGUMENT, "etcdserver: permission not given"),
  INVALID_AUTH_MANAGEMENT(INVALID_ARGUMENT, "etcdserver: invalid auth management"),
  AUTH_OLD_REVISION(INVALID_ARGUMENT, "etcdserver: revision of auth store is old"),
  DOWNGRADE_TARGET_FORMAT(INVALID_ARGUMENT, "etcdserver: wrong downgrade target version format"),
  DOWNGRADE_TARGET(INVALID_ARGUMENT, "etcdserver: invalid downgrade target version"),

  COMPACTED(OUT_OF_RANGE, "etcdserver: mvcc: required revision has been compacted"),
  FUTURE_REVISION(OUT_OF_RANGE, "etcdserver: mvcc: required revision is a future revision"),
  LEASE_TTL_TOO_LARGE(OUT_OF_RANGE, "etcdserver: too large lease TTL"),

  NO_SPACE(RESOURCE_EXHAUSTED, "etcdserver: mvcc: database space exceeded"),

  LEASE_NOT_FOUND(NOT_FOUND, "etcdserver: requested lease not found"),
  MEMBER_NOT_FOUND(NOT_FOUND, "etcdserver: member not found"),

  LEASE_EXISTS(FAILED_PRECONDITION, "etcdserver: lease already exists"),
  MEMBER_EXISTS(FAILED_PRECONDITION, "etcdserver: member ID already exist"),
  PEER_URL_EXISTS(FAILED_PRECONDITION, "etcdserver: Peer URLs already exists"),
  MEMBER_NOT_LEARNER(FAILED_PRECONDITION, "etcdserver: can only promote a learner member"),
  LEARNER_NOT_READY(
      FAILED_PRECONDITION,
      "etcdserver: can only promote a learner member which is in sync with leader"),
  TOO_MANY_LEARNERS(FAILED_PRECONDITION, "etcdserver: too many learner members in cluster"),
  CLUSTER_ID_MISMATCH(FAILED_PRECONDITION, "etcdserver: cluster ID mismatch"),
  ROOT_USER_MISSING(FAILED_PRECONDITION, "etcdserver: root user does not exist"),
  ROOT_ROLE_MISSING(FAILED_PRECONDITION, "etcdserver: root user does not have root role"),
  USER_EXISTS(FAILED_PRECONDITION, "etcdserver: user name already exists"),
  USER_NOT_FOUND(FAILED_PRECONDITION, "etcdserver: user name not found"),
  ROLE_EXISTS(FAILED_PRECONDITION, "etcdserver: role name already exists"),
  ROLE_NOT_FOUND(FAILED_PRECONDITION, "etcdserver: role name not found"),
  ROLE_NOT_GRANTED(FAILED_PRECONDITION, "etcdserver: role is not granted to the user"),
  PERMISSION_NOT_GRANTED(FAILED_PRECONDITION, "etcdserver: permission is not granted to the role"),
  AUTH_NOT_ENABLED(FAILED_PRECONDITION, "etcdserver: authentication is not enabled"),
  NOT_LEADER(FAILED_PRECONDITION, "etcdserver: not leader"),
  BAD_LEADER_TRANSFEREE(FAILED_PRECONDITION, "etcdserver: bad leader transferee"),
  NOT_CAPABLE(FAILED_PRECONDITION, "etcdserver: not capable"),
  NOT_SUPPORTED_FOR_LEARNER(FAILED_PRECONDITION, "etcdserver: rpc not supported for learner"),
  DOWNGRADE_VERSION_UNKNOWN(
      FAILED_PRECONDITION, "etcdserver: cluster version not found during downgrade"),
  DOWNGRADE_IN_PROGRESS(FAILED_PRECONDITION, "etcdserver: cluster has a downgrade job in progress"),
  NO_INFLIGHT_DOWNGRADE(FAILED_PRECONDITION, "etcdserver: no inflight downgrade job"),

  DENIED(PERMISSION_DENIED, "etcdserver: permission denied"),
  INVALID_AUTH_TOKEN(UNAUTHENTICATED, "etcdserver: invalid auth token"),

  WATCH_CANCELED(CANCELLED, "etcdserver: watch canceled"),
  REQUEST_CANCELED(CANCELLED, "etcdserver: request canceled"),

  /// The plain text of an expired deadline: the caller's, or ours before a write reached the log.
  DEADLINE(DEADLINE_EXCEEDED, "context deadline exceeded"),

  NO_LEADER(UNAVAILABLE, "etcdserver: no leader"),
  LEADER_CHANGED(UNAVAILABLE, "etcdserver: leader changed"),
  STOPPED(UNAVAILABLE, "etcdserver: server stopped"),
  TIMEOUT(UNAVAILABLE, "etcdserver: request timed out"),
  TIMEOUT_LEADER_FAILURE(
      UNAVAILABLE, "etcdserver: request timed out, possibly due to previous leader failure"),
  TIMEOUT_CONNECTION_LOST(
      UNAVAILABLE, "etcdserver: request timed out, possibly due to connection lost"),
  TIMEOUT_APPLIED_INDEX(
      UNAVAILABLE, "etcdserver: request timed out, waiting for the applied index took too long"),
  UNHEALTHY(UNAVAILABLE, "etcdserver: unhealthy cluster"),

  CORRUPT(DATA_LOSS, "etcdserver: corrupt cluster"),

  NOT_ENOUGH_STARTED(
      UNKNOWN, "etcdserver: re-configuration failed due to not enough started members"),
  TOO_MANY_REQUESTS(UNKNOWN, "etcdserver: too many requests"),
  TIMEOUT_LEADER_TRANSFER(UNKNOWN, "etcdserver: request timed out, leader transfer took too long"),
  UNKNOWN_METHOD(UNKNOWN, "etcdserver: unknown method"),
  NOT_PRIMARY_LESSOR(UNKNOWN, "not a primary lessor"),
  NO_PASSWORD_USER(UNKNOWN, "auth: authentication failed, password was given for no password user"),
  PASSWORD_TOO_LONG(UNKNOWN, "bcrypt: password length exceeds 72 bytes"),
  VERIFY_ONLY(UNKNOWN, "auth: token signing attempted with verify-only key"),
  ELECTION_NO_LEADER(UNKNOWN, "election: no leader"),
  ELECTION_NOT_LEADER(UNKNOWN, "election: not leader"),
  ELECTION_MISSING_LEADER(UNKNOWN, "\"leader\" field must be provided"),
  SESSION_EXPIRED(UNKNOWN, "mutex: session is expired"),

  STREAM_CUSTOM_SORT(UNIMPLEMENTED, "RangeStream does not support custom sort orders"),
  STREAM_REVISION_FILTERS(UNIMPLEMENTED, "RangeStream does not support revision filters");

  private final ApiStatus status;

  ApiError(GrpcStatus code, String message) {
    this.status = new ApiStatus(code, message);
  }

  public ApiStatus status() {
    return status;
  }

  public ApiException asException() {
    return status.asException();
  }

  /// The row of a rejection. Total: a new [Rejection] does not compile until it has one. Hints for
  /// routing are consumed by the router's retries and surface only when the time is up.
  public static ApiError of(Rejection rejection) {
    return switch (rejection) {
      case Rejection.Compacted _ -> COMPACTED;
      case Rejection.FutureRevision _ -> FUTURE_REVISION;
      case Rejection.KeyNotFound _ -> KEY_NOT_FOUND;
      case Rejection.LeaseNotFound _ -> LEASE_NOT_FOUND;
      case Rejection.LeaseExists _ -> LEASE_EXISTS;
      case Rejection.NoSpace _ -> NO_SPACE;
      case Rejection.Corrupt _ -> CORRUPT;
      case Rejection.TooManyRequests _ -> TOO_MANY_REQUESTS;
      case Rejection.RequestTooLarge _ -> REQUEST_TOO_LARGE;
      case Rejection.NoLeader _ -> NO_LEADER;
      case Rejection.NotLeader _ -> NO_LEADER;
      case Rejection.LeaderChanged _ -> LEADER_CHANGED;
      case Rejection.TimedOut _ -> TIMEOUT;
      case Rejection.OutcomeUnknown _ -> TIMEOUT_LEADER_FAILURE;
      case Rejection.Stopped _ -> STOPPED;
      case Rejection.MemberNotFound _ -> MEMBER_NOT_FOUND;
      case Rejection.WrongShard _ -> TIMEOUT;
      case Rejection.Held _ -> TIMEOUT;
      case Rejection.NeedsCommit _ -> TIMEOUT;
      case Rejection.LeaseUnattached _ -> TIMEOUT;
    };
  }

  /// The row of a rejection of a write. Without a leader etcd's writes wait for one until their
  /// time is up and then report that, where a read reports the server's own timeout.
  public static ApiError ofWrite(Rejection rejection) {
    ApiError row = of(rejection);
    return row == TIMEOUT || row == NO_LEADER ? DEADLINE : row;
  }

  /// What the client sees of a failed future: the status it carries; null for a failure that nobody
  /// foresaw.
  public static @Nullable ApiStatus find(Throwable failure) {
    return switch (failure) {
      case ApiException api -> api.status();
      case RejectedException rejected -> of(rejected.rejection()).status();
      default -> null;
    };
  }
}
