package io.flotilla.node.storage;

import io.flotilla.base.Epoch;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.service.Founding;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where a node's cluster came from, kept beside its identity: what there is to know about the
/// members until the node's state says it.
///
/// @param members as configured, or as a running node told them; not looked at any more once the
///     state has members
/// @param splitKeys where the founders' shards begin, ascending; none for a cluster of one shard
///     or when the state has the shards
/// @param replicas on how many nodes the founders' shard groups begin; 0 for every member
public record Origin(Kind kind, List<Member> members, List<Key> splitKeys, int replicas) {
  /// How the directory was made.
  public enum Kind {
    /// The state in it has the members.
    RESTORED,
    /// With the others, as the beginning of a cluster.
    FOUNDED,
    /// For a member of a cluster that ran.
    JOINED
  }

  /// Nothing is known but what the state says.
  public static final Origin OF_STATE = new Origin(Kind.RESTORED, List.of());

  private static final HexFormat HEX = HexFormat.of();
  private static final String SHARD = "shard ";
  private static final String REPLICAS = "replicas ";

  public Origin {
    members = List.copyOf(members);
    splitKeys = List.copyOf(splitKeys);
  }

  /// Of a cluster with one shard, or of one whose shards the state has.
  public Origin(Kind kind, List<Member> members) {
    this(kind, members, List.of());
  }

  /// Every group begins with a replica on every member.
  public Origin(Kind kind, List<Member> members, List<Key> splitKeys) {
    this(kind, members, splitKeys, 0);
  }

  /// What the state begins with; null when it is told by others or is there already.
  public @Nullable Founding founding() {
    return kind == Kind.FOUNDED ? new Founding(members, shardMap(), replicas) : null;
  }

  /// The first map. The root group has the lowest keys; the groups of the shards above it are
  /// numbered in the order of their keys.
  public ShardMap shardMap() {
    List<Shard> shards = new ArrayList<>();
    Key start = KeyRange.ALL.start();
    for (Key border : splitKeys) {
      shards.add(new Shard(new KeyRange(start, border), new GroupId(shards.size())));
      start = border;
    }
    shards.add(new Shard(KeyRange.from(start), new GroupId(shards.size())));
    return new ShardMap(Epoch.FIRST, shards);
  }

  /// One line for the kind, one for each member: id, voter or learner, name, URLs; one for each key
  /// at which a shard begins, in hexadecimal digits; the number of replicas, if it is not that of
  /// the members. Names and URLs are percent-encoded, a dash
  /// stands for an empty name.
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(kind == Kind.FOUNDED ? "founded" : "joined");
    for (Member member : members) {
      String name = member.name().isEmpty() ? "-" : encode(member.name());
      String urls = String.join(",", member.peerUrls().stream().map(Origin::encode).toList());
      String id = HEX.toHexDigits(member.id().value());
      String role = member.learner() ? "learner" : "voter";
      lines.add(String.join(" ", "peer", id, role, name, urls));
    }
    splitKeys.forEach(key -> lines.add(SHARD + HEX.formatHex(key.bytes())));
    if (replicas > 0) {
      lines.add(REPLICAS + replicas);
    }
    return lines;
  }

  /// @throws IllegalArgumentException when these are not such lines
  static Origin parse(List<String> lines) {
    Kind kind =
        switch (lines.getFirst()) {
          case "founded" -> Kind.FOUNDED;
          case "joined" -> Kind.JOINED;
          case String other -> throw new IllegalArgumentException("an unknown line " + other);
        };
    boolean counts = lines.getLast().matches(REPLICAS + "[1-9][0-9]{0,5}");
    int replicas = counts ? Integer.parseInt(lines.getLast().substring(REPLICAS.length())) : 0;
    List<String> rest = lines.subList(1, counts ? lines.size() - 1 : lines.size());
    return new Origin(
        kind,
        rest.stream().filter(line -> !line.startsWith(SHARD)).map(Origin::member).toList(),
        rest.stream().filter(line -> line.startsWith(SHARD)).map(Origin::splitKey).toList(),
        replicas);
  }

  private static Key splitKey(String line) {
    if (!line.matches("shard ([0-9a-f]{2})+")) {
      throw new IllegalArgumentException("an unknown line " + line);
    }
    return Key.of(HEX.parseHex(line.substring(SHARD.length())));
  }

  private static Member member(String line) {
    String[] parts = line.split(" ");
    boolean sound =
        parts.length == 5
            && parts[0].equals("peer")
            && parts[1].matches("[0-9a-f]{16}")
            && parts[2].matches("voter|learner");
    if (!sound) {
      throw new IllegalArgumentException("an unknown line " + line);
    }
    var id = new NodeId(HexFormat.fromHexDigitsToLong(parts[1]));
    List<String> urls = Arrays.stream(parts[4].split(",")).map(Origin::decode).toList();
    String name = parts[3].equals("-") ? "" : decode(parts[3]);
    return new Member(id, name, urls, List.of(), parts[2].equals("learner"));
  }

  private static String encode(String text) {
    String encoded = URLEncoder.encode(text, StandardCharsets.UTF_8);
    return encoded.equals("-") ? "%2D" : encoded;
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
