package io.flotilla.router.auth;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.flotilla.base.KeyRange;
import io.flotilla.placement.auth.Access;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AuthRoleGetRequest;
import io.flotilla.proto.etcd.AuthStatusRequest;
import io.flotilla.proto.etcd.AuthUserGetRequest;
import io.flotilla.proto.etcd.AuthenticateRequest;
import io.flotilla.proto.etcd.DefragmentRequest;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.HashKVRequest;
import io.flotilla.proto.etcd.HashRequest;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseKeepAliveRequest;
import io.flotilla.proto.etcd.LeaseLeasesRequest;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.LeaseTimeToLiveRequest;
import io.flotilla.proto.etcd.MemberListRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.SnapshotRequest;
import io.flotilla.proto.etcd.StatusRequest;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.raft.host.ReadMode;
import java.util.List;
import java.util.Set;

/// What each request needs: the whole policy (contract 2.12.1). What is not named here needs the
/// root role, so a method that is new is closed until somebody decides about it.
final class RequestNeeds {
  private static final byte[] FIRST_KEY = {0};
  private static final Needs NOTHING = new Needs.Nothing();
  private static final Needs OPEN = new Needs.Open();
  private static final Needs ANYONE = new Needs.Anyone(false);
  private static final Needs ANYONE_HERE = new Needs.Anyone(true);
  private static final Needs ROOT = new Needs.Root(false);
  private static final Needs ROOT_HERE = new Needs.Root(true);

  /// Services that carry out other requests for their own: each of those is asked about.
  private static final Set<String> OF_OTHERS = Set.of("v3lockpb", "v3electionpb");

  private static final String HEALTH = "grpc.health.v1";

  private RequestNeeds() {}

  static Needs of(Message request) {
    return switch (request) {
      case RangeRequest range -> read(range);
      case PutRequest put -> new KeyNeeds().put(put).done(false);
      case DeleteRangeRequest delete -> new KeyNeeds().delete(delete).done(false);
      case TxnRequest txn -> txn(txn);
      case WatchCreateRequest watch -> watch(watch);
      case WatchRequest _ -> NOTHING; // asked about for each watcher
      case LeaseGrantRequest _ -> ANYONE;
      case LeaseRevokeRequest revoke ->
          attached(Access.WRITE, revoke.getID(), ReadMode.LINEARIZABLE);
      // Renewals are many, and one too many does no harm.
      case LeaseKeepAliveRequest renewal ->
          attached(Access.WRITE, renewal.getID(), ReadMode.SERIALIZABLE);
      case LeaseTimeToLiveRequest times ->
          times.getKeys() ? attached(Access.READ, times.getID(), ReadMode.LINEARIZABLE) : ANYONE;
      case LeaseLeasesRequest _ -> new Needs.EveryLease();
      case MemberListRequest list -> list.getLinearizable() ? ANYONE : ANYONE_HERE;
      case AlarmRequest alarm -> alarm.getAction() == AlarmRequest.AlarmAction.GET ? ANYONE : ROOT;
      case StatusRequest _ -> ANYONE_HERE;
      case DefragmentRequest _, HashRequest _, HashKVRequest _, SnapshotRequest _ -> ROOT_HERE;
      case AuthenticateRequest _ -> NOTHING;
      case AuthStatusRequest _ -> OPEN;
      case AuthUserGetRequest get -> new Needs.SelfOrRoot(get.getName());
      case AuthRoleGetRequest get -> new Needs.HolderOrRoot(get.getRole());
      default -> other(request);
    };
  }

  private static Needs other(Message request) {
    String owner = request.getDescriptorForType().getFile().getPackage();
    return OF_OTHERS.contains(owner) || owner.equals(HEALTH) ? NOTHING : ROOT;
  }

  private static Needs read(RangeRequest range) {
    return new KeyNeeds().read(range.getKey(), range.getRangeEnd()).done(range.getSerializable());
  }

  /// Who asks for nothing may be anybody (etcd behaviour).
  private static Needs txn(TxnRequest txn) {
    Needs.Keys needs = new KeyNeeds().txn(txn).done(KeyNeeds.isLocal(txn));
    return needs.spans().isEmpty() && needs.leases().isEmpty() ? OPEN : needs;
  }

  /// The interval as the client sent it: an end that is one zero byte is no single key.
  private static Needs watch(WatchCreateRequest watch) {
    byte[] key = watch.getKey().isEmpty() ? FIRST_KEY : watch.getKey().toByteArray();
    ByteString end = watch.getRangeEnd();
    return new KeyNeeds().read(ByteString.copyFrom(key), end).done(true);
  }

  private static Needs attached(Access access, long lease, ReadMode mode) {
    return new Needs.Keys(List.of(), List.of(new Needs.Attached(access, lease, mode)), false);
  }

  static KeyRange range(ByteString key, ByteString rangeEnd) {
    return KeyRange.ofEtcd(key.toByteArray(), rangeEnd.toByteArray());
  }
}
