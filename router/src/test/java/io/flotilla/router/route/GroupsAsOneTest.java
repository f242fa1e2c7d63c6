package io.flotilla.router.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.RejectedException;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.service.Cluster;
import io.flotilla.placement.service.RootFacts;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.Reply;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.error.ApiError;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Reads over several groups say what one store with all the keys would say (contract §2.3, §2.6).
class GroupsAsOneTest {
  private static final long MEMORY = 64 << 20;
  private static final long FAR = Long.MAX_VALUE / 2;

  static LongStream seeds() {
    Long given = Long.getLong("seed");
    return given != null ? LongStream.of(given) : LongStream.range(1, 41);
  }

  /// Few keys, so that requests meet them, or many, so that they come in several chunks.
  private static final class World implements AutoCloseable {
    final Random random;
    final List<String> keys = new ArrayList<>();
    final TestGroups groups;
    final ShardRouter router;
    private final AnswerMemory memory = new AnswerMemory(MEMORY);
    private final FakeRoot time = new FakeRoot();
    private long compacted;
    // to the router
    private ShardMap known;

    World(long seed) {
      random = new Random(seed);
      int count = random.nextInt(4) == 0 ? 700 : 9;
      for (int i = 0; i < count; i++) {
        keys.add(count > 9 ? "k%03d".formatted(i) : String.valueOf((char) ('a' + i)));
      }
      groups = new TestGroups(map());
      known = groups.map();
      router =
          new ShardRouter(
              () -> new RootFacts(1, 0, 0, List.of(), new Cluster(1, List.of()), known),
              groups,
              memory,
              new Retries(time, time));
      for (int i = 0; i < 2 * count; i++) {
        step();
      }
    }

    /// The root group has the lowest range; a group may have several.
    private ShardMap map() {
      var borders = new TreeSet<String>();
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        borders.add(keys.get(random.nextInt(keys.size())) + (random.nextBoolean() ? "" : "\0"));
      }
      ShardMap made = ShardMap.initial();
      for (String border : borders) {
        made = made.split(Key.utf8(border), new GroupId(random.nextInt(4)));
      }
      return made;
    }

    ByteString key() {
      return ByteString.copyFromUtf8(keys.get(random.nextInt(keys.size())));
    }

    ByteString end() {
      return switch (random.nextInt(5)) {
        case 0 -> ByteString.copyFrom(new byte[1]);
        case 1 -> ByteString.EMPTY;
        case 2 -> ByteString.copyFromUtf8("z");
        default -> key();
      };
    }

    void step() {
      var command = Command.newBuilder();
      if (random.nextInt(8) > 0) {
        var value = ByteString.copyFromUtf8(String.valueOf(random.nextInt(5)));
        command.setPut(
            PutRequest.newBuilder().setKey(key()).setValue(value).setLease(random.nextInt(4)));
      } else {
        var delete = DeleteRangeRequest.newBuilder().setKey(key());
        command.setDeleteRange(random.nextInt(4) == 0 ? delete.setRangeEnd(end()) : delete);
      }
      groups.write(command.build());
    }

    void lag() {
      groups.map().shards().forEach(shard -> takeSomeIn(shard.group()));
    }

    private void takeSomeIn(GroupId group) {
      for (int i = random.nextInt(12); i > 0; i--) {
        groups.takeIn(group);
      }
    }

    /// Keys move while groups are read, and it takes a while until everybody here knows.
    void moveDuringReads() {
      groups.beforeRead =
          () -> {
            if (random.nextInt(3) == 0) {
              move();
            }
            if (random.nextInt(3) == 0) {
              known = groups.map();
            }
            lag();
          };
    }

    private void move() {
      List<Shard> shards = groups.map().shards();
      List<GroupId> all = List.copyOf(groups.ids());
      Shard shard = shards.get(random.nextInt(shards.size()));
      GroupId to = all.get(random.nextInt(all.size()));
      if (!to.equals(shard.group())) {
        groups.handOver(part(shard.range()), to);
      }
      if (to.equals(GroupId.ROOT) || shard.group().equals(GroupId.ROOT)) {
        // What the root group's replica here has is what the map here says.
        groups.takeInAll(GroupId.ROOT);
        known = groups.map();
      }
    }

    private KeyRange part(KeyRange whole) {
      Key border = Key.utf8(keys.get(random.nextInt(keys.size())));
      if (!whole.contains(border) || whole.start().equals(border)) {
        return whole;
      }
      return random.nextBoolean()
          ? new KeyRange(whole.start(), border)
          : new KeyRange(border, whole.end());
    }

    /// The answer, when it has come: everybody here learns everything after a while.
    <T> Future<T> settled(Future<T> answer) {
      Runnable moving = groups.beforeRead;
      for (int i = 0; i < 200 && !answer.isComplete(); i++) {
        if (i > 20) {
          groups.beforeRead = () -> {};
          groups.takeInAll();
          known = groups.map();
        }
        time.runOne();
      }
      groups.beforeRead = moving;
      return answer;
    }

    void compact() {
      long revision = 1 + random.nextLong(groups.whole.revision());
      if (revision > compacted) {
        compacted = revision;
        var request = CompactionRequest.newBuilder().setRevision(revision);
        groups.compact(Command.newBuilder().setCompact(request).build());
      }
    }

    private long bound() {
      return random.nextInt(4) == 0 ? random.nextLong(groups.whole.revision() + 1) : 0;
    }

    RangeRequest range(boolean inTxn) {
      var range = RangeRequest.newBuilder().setKey(key()).setRangeEnd(end());
      range.setLimit(random.nextInt(3) == 0 ? 0 : random.nextInt(keys.size()) - 1);
      range.setSortOrderValue(random.nextInt(3)).setSortTargetValue(random.nextInt(5));
      range.setKeysOnly(random.nextInt(3) == 0).setCountOnly(random.nextInt(6) == 0);
      if (random.nextInt(4) == 0) {
        range.setRevision(random.nextLong(groups.whole.revision() + 3) - (inTxn ? 2 : 1));
      }
      range.setMinModRevision(bound()).setMaxModRevision(bound());
      return range.setMinCreateRevision(bound()).setMaxCreateRevision(bound()).build();
    }

    Compare compare() {
      var compare = Compare.newBuilder().setKey(key());
      compare.setTargetValue(random.nextInt(5)).setResultValue(random.nextInt(4));
      if (random.nextBoolean()) {
        compare.setRangeEnd(end());
      }
      switch (random.nextInt(4)) {
        case 0 -> compare.setVersion(random.nextInt(3));
        case 1 -> compare.setModRevision(random.nextLong(groups.whole.revision() + 1));
        case 2 -> compare.setValue(ByteString.copyFromUtf8(String.valueOf(random.nextInt(5))));
        default -> compare.setLease(random.nextInt(4));
      }
      return compare.build();
    }

    TxnRequest txn() {
      var txn = TxnRequest.newBuilder();
      for (int i = random.nextInt(3); i > 0; i--) {
        txn.addCompare(compare());
      }
      for (int i = random.nextInt(4); i > 0; i--) {
        txn.addSuccess(RequestOp.newBuilder().setRequestRange(range(true)));
        txn.addFailure(RequestOp.newBuilder().setRequestRange(range(true)));
      }
      return txn.build();
    }

    @Override
    public void close() {
      assertThat(memory.usedBytes()).as("memory is given back").isZero();
      groups.close();
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void linearizableRangesAreThoseOfOneStore(long seed) {
    try (var world = new World(seed)) {
      for (int i = 0; i < 60; i++) {
        world.step();
        world.lag();
        if (world.random.nextInt(30) == 0) {
          world.compact();
        }
        var query = new ShardQuery.Range(world.range(false), world.random.nextInt(4) > 0);
        same(
            "seed " + seed + ": " + query,
            world.router.read(ReadMode.LINEARIZABLE, query, FAR),
            world.groups.whole.read(query));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void linearizableTxnsAreThoseOfOneStore(long seed) {
    try (var world = new World(seed)) {
      for (int i = 0; i < 60; i++) {
        world.step();
        world.lag();
        if (world.random.nextInt(30) == 0) {
          world.compact();
        }
        var query = new ShardQuery.ReadTxn(world.txn());
        same(
            "seed " + seed + ": " + query,
            world.router.read(ReadMode.LINEARIZABLE, query, FAR),
            world.groups.whole.read(query));
      }
    }
  }

  /// Over borders that move between the groups' answers, at the newest revision and at old ones.
  @ParameterizedTest
  @MethodSource("seeds")
  void readsWhileKeysMoveAreThoseOfOneStore(long seed) {
    try (var world = new World(seed)) {
      world.moveDuringReads();
      for (int i = 0; i < 60; i++) {
        world.step();
        world.lag();
        if (world.random.nextInt(30) == 0) {
          world.compact();
        }
        var range = new ShardQuery.Range(world.range(false), world.random.nextInt(4) > 0);
        same(
            "seed " + seed + ": " + range,
            world.settled(world.router.read(ReadMode.LINEARIZABLE, range, FAR)),
            world.groups.whole.read(range));
        var txn = new ShardQuery.ReadTxn(world.txn());
        same(
            "seed " + seed + ": " + txn,
            world.settled(world.router.read(ReadMode.LINEARIZABLE, txn, FAR)),
            world.groups.whole.read(txn));
        var lease = new ShardQuery.KeysOfLease(1 + world.random.nextInt(3));
        assertThat(world.settled(world.router.read(ReadMode.LINEARIZABLE, lease, FAR)).result())
            .as("seed %d: %s", seed, lease)
            .isEqualTo(world.groups.whole.read(lease).result());
      }
    }
  }

  /// As [#chunksOfAStreamAreOneStoreAtTheRevisionOfTheFirst].
  @ParameterizedTest
  @MethodSource("seeds")
  void chunksOfAStreamAreOneStoreWhileKeysMove(long seed) {
    try (var world = new World(seed)) {
      world.moveDuringReads();
      for (int i = 0; i < 10; i++) {
        world.step();
        checkStream(world, seed, all(world.key()));
      }
    }
  }

  /// At the revision that all groups concerned have reached here.
  @ParameterizedTest
  @MethodSource("seeds")
  void serializableRangesAreThoseOfOneStoreAtARevisionBefore(long seed) {
    try (var world = new World(seed)) {
      for (int i = 0; i < 60; i++) {
        world.step();
        world.lag();
        RangeRequest request = world.range(false).toBuilder().setRevision(0).build();
        Reply<RangeResponse.Builder> reply =
            world.router.read(ReadMode.SERIALIZABLE, new ShardQuery.Range(request), FAR).result();
        assertThat(reply.revision()).isLessThanOrEqualTo(world.groups.whole.revision());
        var pinned = request.toBuilder().setRevision(reply.revision()).build();
        var expected = world.groups.whole.read(new ShardQuery.Range(pinned)).result();
        assertThat(reply.response().build())
            .as("seed %d: %s", seed, request)
            .isEqualTo(expected.response().build());
      }
    }
  }

  /// As range streams ask: a linearizable chunk with a count, then chunks at its revision that wait
  /// for nobody, while groups fall behind what is written meanwhile.
  @ParameterizedTest
  @MethodSource("seeds")
  void chunksOfAStreamAreOneStoreAtTheRevisionOfTheFirst(long seed) {
    try (var world = new World(seed)) {
      for (int i = 0; i < 10; i++) {
        world.step();
        world.lag();
        checkStream(world, seed, all(world.key()));
      }
    }
  }

  private static void checkStream(World world, long seed, RangeRequest request) {
    int rows = 1 + world.random.nextInt(world.keys.size());
    var first = request.toBuilder().setLimit(rows).build();
    var counted = new ShardQuery.Range(first);
    Reply<RangeResponse.Builder> chunk =
        world.settled(world.router.read(ReadMode.LINEARIZABLE, counted, FAR)).result();
    long revision = chunk.revision();
    long count = chunk.response().getCount();
    List<KeyValue> found = new ArrayList<>(chunk.response().getKvsList());
    while (chunk.response().getMore()) {
      world.step();
      world.lag();
      var behind = KeyPart.of(world.groups.map(), request.getKey(), request.getRangeEnd());
      var key = behind.getFirst().behind(found.getLast().getKey()).key();
      var next = first.toBuilder().setKey(key).setRevision(revision).build();
      var rest = new ShardQuery.Range(next, false);
      chunk = world.settled(world.router.read(ReadMode.SERIALIZABLE, rest, FAR)).result();
      found.addAll(chunk.response().getKvsList());
    }
    var whole = request.toBuilder().setRevision(revision).build();
    var expected = world.groups.whole.read(new ShardQuery.Range(whole)).result().response();
    assertThat(found).as("seed %d", seed).isEqualTo(expected.getKvsList());
    assertThat(count).as("seed %d", seed).isEqualTo(expected.getCount());
  }

  private static RangeRequest all(ByteString from) {
    return RangeRequest.newBuilder()
        .setKey(from)
        .setRangeEnd(ByteString.copyFrom(new byte[1]))
        .build();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void hashesAreEqualOnNodesThatAreEqual(long seed) {
    try (var one = new World(seed);
        var other = new World(seed)) {
      one.groups.finishCompactions();
      other.lag();
      long revision = one.groups.whole.revision();
      other.groups.finishCompactions();
      var query = new ShardQuery.HashKv(revision);
      var first = one.router.read(ReadMode.SERIALIZABLE, query, FAR).result();
      var second = other.router.read(ReadMode.SERIALIZABLE, query, FAR).result();
      assertThat(first.response().build()).isEqualTo(second.response().build());
      assertThat(first.response().getHashRevision()).isEqualTo(revision);

      other.step();
      other.groups.finishCompactions();
      var later = other.router.read(ReadMode.SERIALIZABLE, new ShardQuery.HashKv(0), FAR).result();
      if (other.groups.whole.revision() > revision) {
        assertThat(later.response().getHash()).isNotEqualTo(first.response().getHash());
      }
      assertThat(other.router.read(ReadMode.SERIALIZABLE, query, FAR).result().response().build())
          .as("what was written later is not in it")
          .isEqualTo(first.response().build());
    }
  }

  private static <B extends com.google.protobuf.Message.Builder> void same(
      String what, Future<Reply<B>> answer, Future<Reply<B>> expected) {
    if (expected.failed()) {
      assertThat(answer.failed()).as(what).isTrue();
      assertThat(ApiError.find(answer.cause())).as(what).isEqualTo(ApiError.find(expected.cause()));
      assertThat(expected.cause()).isInstanceOf(RejectedException.class);
      return;
    }
    assertThat(answer.cause()).as(what).isNull();
    assertThat(answer.result().response().build())
        .as(what)
        .isEqualTo(expected.result().response().build());
    assertThat(answer.result().revision()).as(what).isEqualTo(expected.result().revision());
  }
}
