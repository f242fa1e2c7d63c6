package io.flotilla.placement.map;

import com.google.protobuf.ByteString;
import io.flotilla.base.Epoch;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Bytes and maps: `flotilla.command.ShardMap`.
public final class ShardMapCodec {
  private ShardMapCodec() {}

  public static io.flotilla.proto.command.ShardMap encode(ShardMap map) {
    var message = io.flotilla.proto.command.ShardMap.newBuilder().setEpoch(map.epoch().value());
    for (Shard shard : map.shards()) {
      message.addShards(encode(shard));
    }
    return message.build();
  }

  /// @throws IllegalArgumentException when the message is not a map: a gap, an overlap, no shard,
  ///     an epoch or group number that does not exist
  public static ShardMap decode(io.flotilla.proto.command.ShardMap message) {
    if (message.getEpoch() < 1) {
      throw new IllegalArgumentException("not a shard map: epochs start at 1");
    }
    List<Shard> shards = new ArrayList<>(message.getShardsCount());
    message.getShardsList().forEach(shard -> shards.add(decode(shard)));
    return new ShardMap(new Epoch(message.getEpoch()), shards);
  }

  private static io.flotilla.proto.command.ShardMap.Shard encode(Shard shard) {
    var message =
        io.flotilla.proto.command.ShardMap.Shard.newBuilder()
            .setStart(ByteString.copyFrom(shard.range().start().bytes()))
            .setGroup(shard.group().value());
    Key end = shard.range().end();
    if (end != null) {
      message.setEnd(ByteString.copyFrom(end.bytes()));
    }
    return message.build();
  }

  private static Shard decode(io.flotilla.proto.command.ShardMap.Shard message) {
    @Nullable Key end = message.hasEnd() ? Key.of(message.getEnd().toByteArray()) : null;
    if (message.getGroup() < 0) {
      throw new IllegalArgumentException("not a shard map: group ids are not negative");
    }
    var range = new KeyRange(Key.of(message.getStart().toByteArray()), end);
    return new Shard(range, new GroupId(message.getGroup()));
  }
}
