package io.flotilla.placement.member;

import io.flotilla.base.NodeId;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;

/// Ids of members and clusters, computed as etcd computes them, so that every node of a new cluster
/// arrives at the same ids by itself.
public final class MemberIds {
  private MemberIds() {}

  /// The id of a member of a new cluster.
  ///
  /// @param token etcd's `--initial-cluster-token`
  public static NodeId ofBootstrap(Collection<String> peerUrls, String token) {
    MessageDigest sha1 = sha1();
    peerUrls.stream().sorted().forEach(url -> sha1.update(utf8(url)));
    sha1.update(utf8(token));
    return new NodeId(firstLong(sha1));
  }

  /// The id of a member that is added to a running cluster. The same addresses within one second
  /// give the same id (etcd behaviour).
  ///
  /// @param wallMillis when it is added
  public static NodeId ofAdded(Collection<String> peerUrls, long wallMillis) {
    return ofBootstrap(peerUrls, Long.toString(Math.floorDiv(wallMillis, 1000L)));
  }

  /// The id of a cluster by its initial members.
  public static long clusterId(Collection<NodeId> initialMembers) {
    MessageDigest sha1 = sha1();
    initialMembers.stream()
        .sorted()
        .forEach(id -> sha1.update(ByteBuffer.allocate(Long.BYTES).putLong(id.value()).flip()));
    return firstLong(sha1);
  }

  /// As [#clusterId(Collection)], for members that agreed on something else, too.
  ///
  /// @param also what they agreed on
  public static long clusterId(Collection<NodeId> initialMembers, byte[] also) {
    MessageDigest sha1 = sha1();
    sha1.update(ByteBuffer.allocate(Long.BYTES).putLong(clusterId(initialMembers)).flip());
    sha1.update(also);
    return firstLong(sha1);
  }

  private static long firstLong(MessageDigest digest) {
    return ByteBuffer.wrap(digest.digest()).getLong();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// Names, not secrets, are hashed here.
  private static MessageDigest sha1() {
    try {
      return MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every Java platform has SHA-1", missing);
    }
  }
}
