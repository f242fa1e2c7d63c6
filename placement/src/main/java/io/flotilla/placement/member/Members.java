package io.flotilla.placement.member;

import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.Invariants;
import io.flotilla.base.NodeId;
import io.flotilla.placement.state.StateTree;
import io.flotilla.proto.command.MemberAttributes;
import io.flotilla.raft.core.Membership;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Who belongs to the cluster, with names and URLs: replicated state of the root group, written
/// through to a [StateTree].
///
/// The log is its only source. Each change of the root group's membership carries the complete list
/// of members as it is after the change, so a node that replays the log from its beginning knows
/// the members that it was never configured with.
public final class Members {
  static final Comparator<Member> BY_ID = Comparator.comparing(Member::id);

  /*
   * Keys: one byte for the kind, then the id where there is one.
   *   'c'       the cluster id, 8 bytes
   *   'm' id    a flotilla.command.Member
   *   'r' id    nothing: the member was removed, and its id is never used again
   *   'p'       ids, 8 bytes each: the members to be once the change under way is complete
   */
  private static final byte CLUSTER = 'c';
  private static final byte MEMBER = 'm';
  private static final byte REMOVED = 'r';
  private static final byte PENDING = 'p';

  private final StateTree tree;
  private final Map<NodeId, Member> members = new TreeMap<>();
  private final Set<NodeId> removed = new TreeSet<>();
  private @Nullable Set<NodeId> pending;
  private long clusterId;

  private Members(StateTree tree) {
    this.tree = tree;
  }

  /// The members as `tree` holds them.
  public static Members restore(StateTree tree) {
    var restored = new Members(tree);
    tree.forEach(restored::restoreEntry);
    return restored;
  }

  /// Takes the members of a new cluster. Every node of it starts with the same ones, before the
  /// first entry of the log.
  public void bootstrap(long newClusterId, Collection<Member> initial) {
    Invariants.check(members.isEmpty() && clusterId == 0, "a cluster is founded once");
    setClusterId(newClusterId);
    initial.forEach(this::put);
  }

  /// 0 until the cluster is known.
  public long clusterId() {
    return clusterId;
  }

  /// By id, ascending.
  public List<Member> list() {
    return List.copyOf(members.values());
  }

  public @Nullable Member find(NodeId id) {
    return members.get(id);
  }

  /// Whether a member of this id was removed; it is never admitted again.
  public boolean wasRemoved(NodeId id) {
    return removed.contains(id);
  }

  /// What a member tells about itself when it starts.
  ///
  /// @return false for an unknown member
  public boolean publish(MemberAttributes attributes) {
    Member member = members.get(new NodeId(attributes.getMemberId()));
    if (member == null) {
      return false;
    }
    put(member.withAttributes(attributes.getName(), attributes.getClientUrlsList()));
    return true;
  }

  /// Other nodes reach the member elsewhere from now on.
  ///
  /// @return false for an unknown member
  public boolean move(NodeId id, List<String> peerUrls) {
    Member member = members.get(id);
    if (member == null) {
      return false;
    }
    put(member.withPeerUrls(peerUrls));
    return true;
  }

  /// Follows a committed change of the root group's membership.
  ///
  /// @param before who took part until now
  /// @param now who takes part from here on
  /// @param all the members of the cluster after the change, or null when the proposer named none:
  ///     then those who left the group leave the cluster, unless the change is the second half of
  ///     one that named them. Between the halves nobody leaves: those who go still vote
  public void follow(
      Membership before, Membership now, io.flotilla.proto.command.@Nullable Membership all) {
    if (all != null) {
      takeOver(all, now);
    } else if (pending != null && !now.isJoint()) {
      retain(pending);
    } else {
      before.members().stream().filter(id -> !now.members().contains(id)).forEach(this::remove);
    }
    if (!now.isJoint()) {
      setPending(null);
    }
    for (NodeId id : now.members()) {
      Member member = members.getOrDefault(id, Member.added(id, List.of(), false));
      if (!removed.contains(id)) {
        put(member.withLearner(now.isLearner(id)));
      }
    }
  }

  /// The list may be older than what members told about themselves, so names and client URLs of
  /// known members stay.
  private void takeOver(io.flotilla.proto.command.Membership all, Membership now) {
    if (clusterId == 0) {
      setClusterId(all.getClusterId());
    }
    Invariants.checkEqual(all.getClusterId(), clusterId, "members are of one cluster");
    Set<NodeId> listed = new TreeSet<>();
    for (var message : all.getMembersList()) {
      Member told = MemberCodec.decode(message);
      Member known = members.get(told.id());
      listed.add(told.id());
      if (!removed.contains(told.id())) {
        put(known == null ? told : known.withPeerUrls(told.peerUrls()));
      }
    }
    if (now.isJoint()) {
      setPending(Set.copyOf(listed));
      listed.addAll(now.members());
    }
    retain(listed);
  }

  private void retain(Set<NodeId> staying) {
    List.copyOf(members.keySet()).stream()
        .filter(id -> !staying.contains(id))
        .forEach(this::remove);
  }

  private void setPending(@Nullable Set<NodeId> ids) {
    if (ids == null && pending != null) {
      tree.delete(new byte[] {PENDING});
    } else if (ids != null) {
      var bytes = ByteBuffer.allocate(ids.size() * Long.BYTES);
      ids.stream().sorted().forEach(id -> bytes.putLong(id.value()));
      tree.put(new byte[] {PENDING}, bytes.array());
    }
    pending = ids;
  }

  private void put(Member member) {
    if (!member.equals(members.put(member.id(), member))) {
      tree.put(key(MEMBER, member.id()), MemberCodec.encode(member).toByteArray());
    }
  }

  private void remove(NodeId id) {
    if (members.remove(id) != null) {
      removed.add(id);
      tree.delete(key(MEMBER, id));
      tree.put(key(REMOVED, id), new byte[0]);
    }
  }

  private void setClusterId(long id) {
    clusterId = id;
    tree.put(new byte[] {CLUSTER}, ByteBuffer.allocate(Long.BYTES).putLong(id).array());
  }

  private void restoreEntry(byte[] key, byte[] value) {
    switch (key[0]) {
      case CLUSTER -> clusterId = ByteBuffer.wrap(value).getLong();
      case MEMBER -> restoreMember(value);
      case REMOVED -> removed.add(new NodeId(ByteBuffer.wrap(key, 1, Long.BYTES).getLong()));
      case PENDING -> restorePending(ByteBuffer.wrap(value));
      default -> throw new IllegalStateException("no such kind of member state: " + key[0]);
    }
  }

  private void restorePending(ByteBuffer ids) {
    var restored = new TreeSet<NodeId>();
    while (ids.hasRemaining()) {
      restored.add(new NodeId(ids.getLong()));
    }
    pending = restored;
  }

  private void restoreMember(byte[] value) {
    try {
      Member member = MemberCodec.decode(io.flotilla.proto.command.Member.parseFrom(value));
      members.put(member.id(), member);
    } catch (InvalidProtocolBufferException malformed) {
      throw new IllegalStateException("a stored member can be read", malformed);
    }
  }

  private static byte[] key(byte kind, NodeId id) {
    return ByteBuffer.allocate(1 + Long.BYTES).put(kind).putLong(id.value()).array();
  }
}
