package io.flotilla.raft.core;

import io.flotilla.base.NodeId;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/// Who takes part in a group. The log is the only source of truth for it: a membership takes effect
/// on each replica when the entry that carries it is applied.
///
/// While `outgoing` is not empty the group is in joint consensus (Raft §6): elections and commits
/// need a majority of `voters` and a majority of `outgoing`.
///
/// @param voters the voters (during a change: the voters to come)
/// @param outgoing during a change the voters before it, otherwise empty
/// @param learners receive the log, count in no majority; never voters
/// @param nextLearners outgoing voters that become learners when the change completes
public record Membership(
    Set<NodeId> voters, Set<NodeId> outgoing, Set<NodeId> learners, Set<NodeId> nextLearners) {
  private static final byte FORMAT = 1;
  private static final int COUNT_MAX = 1024;

  /// Copies the sets in id order.
  ///
  /// @throws IllegalArgumentException if a member has two roles that exclude each other
  public Membership {
    voters = sorted(voters);
    outgoing = sorted(outgoing);
    learners = sorted(learners);
    nextLearners = sorted(nextLearners);
    require(Collections.disjoint(learners, voters), "a learner is no voter");
    require(Collections.disjoint(learners, outgoing), "a learner is no outgoing voter");
    require(outgoing.containsAll(nextLearners), "a learner to come is a voter that goes");
    require(Collections.disjoint(nextLearners, voters), "a learner to come does not stay a voter");
    require(!voters.isEmpty() || outgoing.isEmpty(), "a change leaves at least one voter");
    require(!voters.contains(NodeId.NONE) && !learners.contains(NodeId.NONE), "members have ids");
  }

  /// A group of voters with no change in progress.
  public static Membership ofVoters(Collection<NodeId> voters) {
    return new Membership(new TreeSet<>(voters), Set.of(), Set.of(), Set.of());
  }

  /// A replica that was created to be told its group by a snapshot or by the log.
  public static Membership none() {
    return ofVoters(Set.of());
  }

  public boolean isJoint() {
    return !outgoing.isEmpty();
  }

  /// Whether `id` takes part in elections and commits.
  public boolean isVoter(NodeId id) {
    return voters.contains(id) || outgoing.contains(id);
  }

  public boolean isLearner(NodeId id) {
    return learners.contains(id);
  }

  /// Everybody who receives the log, in id order.
  public Set<NodeId> members() {
    var all = new TreeSet<>(voters);
    all.addAll(outgoing);
    all.addAll(learners);
    return all;
  }

  /// Whether `id` is the only replica whose vote counts.
  public boolean isOnlyVoter(NodeId id) {
    return outgoing.isEmpty() && voters.size() == 1 && voters.contains(id);
  }

  /// Bytes for a log entry or a checkpoint: format (1), then per set a count (2) and ids (8 each),
  /// big endian, in the order of the components.
  public byte[] encode() {
    int ids = voters.size() + outgoing.size() + learners.size() + nextLearners.size();
    var buffer = ByteBuffer.allocate(1 + 4 * Short.BYTES + ids * Long.BYTES);
    buffer.put(FORMAT);
    put(buffer, voters);
    put(buffer, outgoing);
    put(buffer, learners);
    put(buffer, nextLearners);
    return buffer.array();
  }

  /// @throws IllegalArgumentException if `bytes` is not what [#encode] writes
  public static Membership decode(byte[] bytes) {
    var buffer = ByteBuffer.wrap(bytes);
    require(buffer.hasRemaining() && buffer.get() == FORMAT, "membership format is known");
    var decoded = new Membership(get(buffer), get(buffer), get(buffer), get(buffer));
    require(!buffer.hasRemaining(), "nothing follows a membership");
    return decoded;
  }

  /// How many bytes of `bytes` are the membership that they begin with.
  ///
  /// @throws IllegalArgumentException if they are too few
  static int encodedBytes(byte[] bytes) {
    var buffer = ByteBuffer.wrap(bytes);
    require(buffer.hasRemaining(), "a membership is complete");
    buffer.get();
    for (int set = 0; set < 4; set++) {
      get(buffer);
    }
    return buffer.position();
  }

  private static void put(ByteBuffer buffer, Set<NodeId> ids) {
    buffer.putShort((short) ids.size());
    ids.forEach(id -> buffer.putLong(id.value()));
  }

  private static Set<NodeId> get(ByteBuffer buffer) {
    require(buffer.remaining() >= Short.BYTES, "a membership is complete");
    int count = buffer.getShort();
    require(count >= 0 && count <= COUNT_MAX, "a membership is of sane size");
    require(buffer.remaining() >= count * Long.BYTES, "a membership is complete");
    var ids = new TreeSet<NodeId>();
    for (int i = 0; i < count; i++) {
      ids.add(new NodeId(buffer.getLong()));
    }
    return ids;
  }

  private static Set<NodeId> sorted(Set<NodeId> ids) {
    return Collections.unmodifiableSet(new TreeSet<>(ids));
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }

  @Override
  public String toString() {
    var text = new StringBuilder("voters=").append(voters);
    if (isJoint()) {
      text.append(" outgoing=").append(outgoing);
    }
    if (!learners.isEmpty()) {
      text.append(" learners=").append(learners);
    }
    if (!nextLearners.isEmpty()) {
      text.append(" nextLearners=").append(nextLearners);
    }
    return text.toString();
  }
}
