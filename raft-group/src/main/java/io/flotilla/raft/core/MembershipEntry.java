package io.flotilla.raft.core;

import java.util.Arrays;

/// The payload of an [EntryKind#MEMBERSHIP] entry.
///
/// @param membership what takes effect when the entry is applied
/// @param context for the group's state machine; opaque to Raft, may be empty
public record MembershipEntry(Membership membership, byte[] context) {
  private static final byte[] NO_CONTEXT = {};

  /// A membership with nothing to say beside it.
  public static MembershipEntry of(Membership membership) {
    return new MembershipEntry(membership, NO_CONTEXT);
  }

  /// The membership's bytes, then the context's.
  public byte[] encode() {
    byte[] head = membership.encode();
    byte[] all = Arrays.copyOf(head, head.length + context.length);
    System.arraycopy(context, 0, all, head.length, context.length);
    return all;
  }

  /// @throws IllegalArgumentException if `payload` does not begin with a membership
  public static MembershipEntry decode(byte[] payload) {
    int headBytes = Membership.encodedBytes(payload);
    return new MembershipEntry(
        Membership.decode(Arrays.copyOf(payload, headBytes)),
        Arrays.copyOfRange(payload, headBytes, payload.length));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof MembershipEntry entry
        && membership.equals(entry.membership)
        && Arrays.equals(context, entry.context);
  }

  @Override
  public int hashCode() {
    return membership.hashCode();
  }
}
