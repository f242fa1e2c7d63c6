package io.flotilla.router.front;

import com.google.protobuf.ByteString;
import io.flotilla.base.Key;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.auth.AuthFault;
import io.flotilla.placement.auth.AuthState;
import io.flotilla.placement.auth.TokenListener;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.member.MemberAnswer;
import io.flotilla.placement.member.MemberChecks;
import io.flotilla.placement.member.MemberFault;
import io.flotilla.placement.member.MemberRequest;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.AuthAnswer;
import io.flotilla.proto.command.AuthChange;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.proto.etcd.AlarmResponse;
import io.flotilla.proto.etcd.CompactionResponse;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.HashKVResponse;
import io.flotilla.proto.etcd.LeaseGrantResponse;
import io.flotilla.proto.etcd.LeaseLeasesResponse;
import io.flotilla.proto.etcd.LeaseRevokeResponse;
import io.flotilla.proto.etcd.LeaseStatus;
import io.flotilla.proto.etcd.LeaseTimeToLiveRequest;
import io.flotilla.proto.etcd.LeaseTimeToLiveResponse;
import io.flotilla.proto.etcd.Member;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.Reply;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.route.AuthDoor;
import io.flotilla.router.route.Backup;
import io.flotilla.router.route.ClusterView;
import io.flotilla.router.route.Doors;
import io.flotilla.router.route.LeaseDoor;
import io.flotilla.router.route.MemberDoor;
import io.flotilla.router.route.RootMembers;
import io.flotilla.router.route.SpaceGate;
import io.flotilla.router.route.StorageDoor;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A cluster of one member in memory: keys without history, leases without time. What a test wants
/// to go wrong is set by field.
final class FakeCluster
    implements ClusterView, GroupDoor, SpaceGate, LeaseDoor, MemberDoor, StorageDoor, AuthDoor {
  static final long CLUSTER_ID = 0xcdf818194e3a8c32L;
  static final long MEMBER_ID = 0x8e9e05c52164694dL;
  static final NodeId NEW_MEMBER = new NodeId(99);

  private final Map<ByteString, KeyValue> keys =
      new ConcurrentSkipListMap<>(ByteString.unsignedLexicographicalComparator());
  private final Map<Long, Long> ttls = Collections.synchronizedMap(new TreeMap<>());
  private final AtomicLong revision = new AtomicLong(1);

  final List<Command> commands = Collections.synchronizedList(new ArrayList<>());
  final List<ReadMode> reads = Collections.synchronizedList(new ArrayList<>());
  final List<Long> deadlines = Collections.synchronizedList(new ArrayList<>());
  final AtomicInteger alarmsRaised = new AtomicInteger();
  final AtomicInteger openBackups = new AtomicInteger();
  volatile @Nullable Rejection rejectWrites;
  volatile @Nullable Rejection rejectReads;
  volatile @Nullable Throwable failReads;
  /// When set, writes and reads wait for it.
  volatile @Nullable Promise<Void> hold;
  /// When set, renewals wait for it.
  volatile @Nullable Promise<Void> holdRenewals;
  /// Whether what is asked is kept for the test to look at.
  volatile boolean records = true;
  volatile boolean capable = true;
  volatile boolean alone = true;
  /// What this node goes by until it asks how things are; null for the newest.
  volatile @Nullable AuthFacts lagging;
  /// What it applies when it asks.
  volatile Runnable catchUp = () -> {};
  /// Hears of logins.
  volatile TokenListener logins = TokenListener.NONE;
  private final AuthState users = AuthState.restore(new MemoryTree());
  private volatile AuthFacts authFacts = AuthFacts.NONE;
  volatile boolean learner;
  volatile long leader = MEMBER_ID;
  volatile boolean full;
  volatile List<AlarmMember> alarms = List.of();
  volatile List<Member> memberList =
      List.of(
          Member.newBuilder()
              .setID(MEMBER_ID)
              .setName("default")
              .addPeerURLs("http://localhost:2380")
              .addClientURLs("http://localhost:2379")
              .build());
  volatile byte[] backupBytes = new byte[0];

  Doors doors() {
    return new Doors(this, this, this, this, this, this, this);
  }

  private Future<Void> released() {
    Promise<Void> gate = hold;
    return gate == null ? Future.succeededFuture() : gate.future();
  }

  @Override
  public Future<CommandResult> propose(Command command, long deadlineNanos) {
    if (records) {
      commands.add(command);
      deadlines.add(deadlineNanos);
    }
    Rejection rejection = rejectWrites;
    if (rejection != null) {
      return Future.succeededFuture(new CommandResult.Rejected(rejection));
    }
    return released().map(_ -> execute(command));
  }

  private synchronized CommandResult auth(AuthChange change) {
    AuthFault fault = users.execute(change);
    authFacts = users.facts();
    if (fault == null && change.hasTokenIssue()) {
      logins.onIssued(change.getTokenIssue(), authFacts.disables());
    }
    return new CommandResult.Done(
        AuthAnswer.newBuilder().setFault(fault == null ? 0 : fault.number()), revision.get());
  }

  @Override
  public AuthFacts facts() {
    AuthFacts old = lagging;
    return old == null ? authFacts : old;
  }

  @Override
  public boolean isAlone() {
    return alone;
  }

  @Override
  public Future<Boolean> everyMember(long deadlineNanos) {
    return Future.succeededFuture(true);
  }

  private CommandResult execute(Command command) {
    return switch (command.getBodyCase()) {
      case PUT -> {
        long now = revision.incrementAndGet();
        ByteString key = command.getPut().getKey();
        KeyValue before = keys.get(key);
        keys.put(
            key,
            KeyValue.newBuilder()
                .setKey(key)
                .setValue(command.getPut().getValue())
                .setLease(command.getPut().getLease())
                .setCreateRevision(before == null ? now : before.getCreateRevision())
                .setModRevision(now)
                .setVersion(before == null ? 1 : before.getVersion() + 1)
                .build());
        var response = PutResponse.newBuilder();
        if (before != null && command.getPut().getPrevKv()) {
          response.setPrevKv(before);
        }
        yield new CommandResult.Done(response, now);
      }
      case DELETE_RANGE -> {
        boolean found = keys.remove(command.getDeleteRange().getKey()) != null;
        yield new CommandResult.Done(
            DeleteRangeResponse.newBuilder().setDeleted(found ? 1 : 0),
            found ? revision.incrementAndGet() : revision.get());
      }
      case TXN ->
          new CommandResult.Done(
              TxnResponse.newBuilder().setSucceeded(true), revision.incrementAndGet());
      case COMPACT -> new CommandResult.Done(CompactionResponse.newBuilder(), revision.get());
      case LEASE_GRANT -> {
        ttls.put(command.getLeaseGrant().getID(), command.getLeaseGrant().getTTL());
        yield new CommandResult.Done(
            LeaseGrantResponse.newBuilder()
                .setID(command.getLeaseGrant().getID())
                .setTTL(command.getLeaseGrant().getTTL()),
            revision.get());
      }
      case LEASE_REVOKE ->
          ttls.remove(command.getLeaseRevoke().getID()) == null
              ? new CommandResult.Rejected(
                  new Rejection.LeaseNotFound(command.getLeaseRevoke().getID()))
              : new CommandResult.Done(LeaseRevokeResponse.newBuilder(), revision.get());
      case ALARM ->
          new CommandResult.Done(AlarmResponse.newBuilder().addAllAlarms(alarms), revision.get());
      case AUTH -> auth(command.getAuth());
      case LEASE_CHECKPOINT,
          MEMBER_ATTRIBUTES,
          MEMBER_PEER_URLS,
          JOURNAL_ITEMS,
          PREPARE,
          LEASE_KNOWN,
          CUT,
          TXN_COMMIT,
          TXN_ABORT,
          LEASE_ATTACH,
          HANDOVER_BEGIN,
          HANDOVER_ABANDON,
          HANDOVER_FENCE,
          GROUP_RETIRE,
          GROUP_PLACE,
          GROUP_SETTLED,
          GROUP_DROPPED,
          NODE_DRAIN,
          HANDOVER_OUT,
          HANDOVER_IN,
          HANDOVER_RECORDS,
          HANDOVER_CANCEL,
          BODY_NOT_SET ->
          throw new IllegalArgumentException("no client sends " + command);
    };
  }

  @Override
  @SuppressWarnings("unchecked")
  public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
    if (records) {
      reads.add(mode);
      deadlines.add(deadlineNanos);
    }
    Throwable failure = failReads;
    if (failure != null) {
      return Future.failedFuture(failure);
    }
    Rejection rejection = rejectReads;
    if (rejection != null) {
      return Future.failedFuture(rejection.asException());
    }
    return released()
        .map(
            _ ->
                (T)
                    (query instanceof RootQuery<?> own
                        ? answer(own)
                        : answer((ShardQuery<?>) query)));
  }

  private Object answer(RootQuery<?> query) {
    return switch (query) {
      case RootQuery.GetAlarms _ ->
          new Reply<>(AlarmResponse.newBuilder().addAllAlarms(alarms), revision());
      case RootQuery.GetAuth _ -> {
        catchUp.run();
        catchUp = () -> {};
        lagging = null;
        yield authFacts;
      }
      case RootQuery.ListLeases _ -> leases(0).result();
      default -> throw new IllegalArgumentException("the front does not ask for " + query);
    };
  }

  private List<Key> keysOfLease(long lease) {
    return keys.values().stream()
        .filter(pair -> pair.getLease() == lease)
        .map(pair -> Key.of(pair.getKey().toByteArray()))
        .toList();
  }

  private Object answer(ShardQuery<?> query) {
    return switch (query) {
      case ShardQuery.Range range -> range(range.request());
      case ShardQuery.ReadTxn _ ->
          new Reply<>(TxnResponse.newBuilder().setSucceeded(true), revision.get());
      case ShardQuery.HashKv _ ->
          new Reply<>(
              HashKVResponse.newBuilder().setHash(-2).setCompactRevision(-1).setHashRevision(1),
              revision.get());
      case ShardQuery.CompactionFinished _ -> revision.get();
      case ShardQuery.KeysOfLease asked -> keysOfLease(asked.lease());
      case ShardQuery.History _, ShardQuery.Export _ ->
          throw new IllegalArgumentException("the front does not ask for " + query);
    };
  }

  private Reply<RangeResponse.Builder> range(RangeRequest request) {
    List<KeyValue> found = new ArrayList<>();
    KeyValue single = request.getRangeEnd().isEmpty() ? keys.get(request.getKey()) : null;
    if (single != null) {
      found.add(single);
    }
    for (KeyValue pair : single == null ? keys.values() : List.<KeyValue>of()) {
      if (matches(request, pair.getKey())) {
        found.add(pair);
      }
    }
    var response = RangeResponse.newBuilder().setCount(found.size());
    if (!request.getCountOnly()) {
      long limit = request.getLimit() > 0 ? request.getLimit() : found.size();
      found.stream().limit(limit).forEach(response::addKvs);
      response.setMore(found.size() > limit);
    }
    return new Reply<>(response, revision.get());
  }

  private static boolean matches(RangeRequest request, ByteString key) {
    var order = ByteString.unsignedLexicographicalComparator();
    if (request.getRangeEnd().isEmpty()) {
      return request.getKey().equals(key);
    }
    boolean open = request.getRangeEnd().equals(ByteString.copyFrom(new byte[1]));
    return order.compare(request.getKey(), key) <= 0
        && (open || order.compare(key, request.getRangeEnd()) < 0);
  }

  @Override
  public boolean admits(long costBytes) {
    return costBytes == 0 || !full;
  }

  @Override
  public Future<Void> raiseAlarm(long deadlineNanos) {
    alarmsRaised.incrementAndGet();
    return Future.succeededFuture();
  }

  @Override
  public Future<Long> keepAlive(long leaseId, long deadlineNanos) {
    if (leader == 0) {
      return Future.failedFuture(new Rejection.NoLeader().asException());
    }
    Promise<Void> gate = holdRenewals;
    Future<Void> open = gate == null ? Future.succeededFuture() : gate.future();
    return open.map(_ -> ttls.getOrDefault(leaseId, 0L));
  }

  @Override
  public Future<Reply<LeaseTimeToLiveResponse.Builder>> timeToLive(
      LeaseTimeToLiveRequest request, long deadlineNanos) {
    Long ttl = ttls.get(request.getID());
    var response = LeaseTimeToLiveResponse.newBuilder().setID(request.getID());
    response.setTTL(ttl == null ? -1 : ttl - 1).setGrantedTTL(ttl == null ? 0 : ttl);
    return Future.succeededFuture(new Reply<>(response, revision.get()));
  }

  @Override
  public Future<Reply<LeaseLeasesResponse.Builder>> leases(long deadlineNanos) {
    var response = LeaseLeasesResponse.newBuilder();
    ttls.keySet().forEach(id -> response.addLeases(LeaseStatus.newBuilder().setID(id)));
    return Future.succeededFuture(new Reply<>(response, revision.get()));
  }

  @Override
  public Future<List<Member>> members(long deadlineNanos) {
    return rejectReads == null
        ? Future.succeededFuture(memberList)
        : Future.failedFuture(ApiError.TIMEOUT.asException());
  }

  @Override
  public Future<Changed> change(MemberRequest request, long deadlineNanos) {
    var replica = new RootMembers.Replica(() -> null, _ -> Future.succeededFuture(false));
    return new RootMembers(this, (asked, _) -> answer(asked), replica, null, null)
        .change(request, deadlineNanos);
  }

  private Future<MemberAnswer> answer(MemberRequest request) {
    List<io.flotilla.placement.member.Member> known =
        memberList.stream().map(FakeCluster::known).toList();
    var checks = new MemberChecks(known, new MemberChecks.Rules(1, true), new WellConnected());
    MemberFault fault = checks.check(request, NEW_MEMBER);
    if (fault != null) {
      return Future.succeededFuture(new MemberAnswer.Refused(fault));
    }
    List<io.flotilla.placement.member.Member> after = new ArrayList<>(known);
    if (request instanceof MemberRequest.Add(var urls, var learner)) {
      after.add(io.flotilla.placement.member.Member.added(NEW_MEMBER, urls, learner));
    }
    return Future.succeededFuture(new MemberAnswer.Changed(NEW_MEMBER, after));
  }

  private static io.flotilla.placement.member.Member known(Member member) {
    return new io.flotilla.placement.member.Member(
        new NodeId(member.getID()),
        member.getName(),
        member.getPeerURLsList(),
        member.getClientURLsList(),
        member.getIsLearner());
  }

  private static final class WellConnected implements MemberChecks.View {
    @Override
    public boolean wasRemoved(NodeId id) {
      return false;
    }

    @Override
    public boolean isReachable(NodeId id) {
      return true;
    }

    @Override
    public boolean isConnected(NodeId id) {
      return true;
    }

    @Override
    public boolean isMissedByGroups(NodeId id) {
      return false;
    }

    @Override
    public boolean isInSync(NodeId learner) {
      return true;
    }
  }

  @Override
  public Future<Void> moveLeader(long targetId, long deadlineNanos) {
    leader = targetId;
    return Future.succeededFuture();
  }

  @Override
  public Future<Integer> hash() {
    return Future.succeededFuture(7);
  }

  @Override
  public Future<Void> defragment() {
    return Future.succeededFuture();
  }

  @Override
  public Future<Backup> openBackup() {
    openBackups.incrementAndGet();
    return Future.succeededFuture(new FakeBackup(backupBytes));
  }

  private final class FakeBackup implements Backup {
    private final byte[] bytes;
    private int position;
    private boolean closed;

    FakeBackup(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public long sizeBytes() {
      return bytes.length;
    }

    @Override
    public Future<Buffer> read(int maxBytes) {
      int end = Math.min(bytes.length, position + maxBytes);
      Buffer chunk = Buffer.buffer(Arrays.copyOfRange(bytes, position, end));
      position = end;
      return Future.succeededFuture(chunk);
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        openBackups.decrementAndGet();
      }
    }
  }

  @Override
  public long clusterId() {
    return CLUSTER_ID;
  }

  @Override
  public long memberId() {
    return MEMBER_ID;
  }

  @Override
  public long raftTerm() {
    return 2;
  }

  @Override
  public long leaderId() {
    return leader;
  }

  @Override
  public boolean isLearner() {
    return learner;
  }

  @Override
  public boolean isCapable() {
    return capable;
  }

  @Override
  public long revision() {
    return revision.get();
  }

  @Override
  public long lastIndex() {
    return 12;
  }

  @Override
  public long appliedIndex() {
    return 11;
  }

  @Override
  public long dbSizeBytes() {
    return 40960;
  }

  @Override
  public long dbSizeInUseBytes() {
    return 8192;
  }

  @Override
  public long quotaBytes() {
    return 2147483648L;
  }

  @Override
  public List<AlarmMember> alarms() {
    return alarms;
  }

  @Override
  public List<Member> members() {
    return memberList;
  }
}
