package io.flotilla.raft.transport;

/// What may be under way between the replicas of this node and others ([ReplicaStreams]).
///
/// @param partBytes the largest part of an answer, and the largest request
/// @param answerBytes the largest answer of a read that is taken as a whole
/// @param writableBytes more than this waits on a stream, and its sink is not writable
/// @param queuedBytes more than this, and the stream ends
/// @param asked streams of one kind from this node to one other
/// @param served streams of all kinds and nodes that this node answers
/// @param idleMillis a connection without a stream is closed after this
public record ReplicaLimits(
    int partBytes,
    int answerBytes,
    int writableBytes,
    long queuedBytes,
    int asked,
    int served,
    int idleMillis) {
  public ReplicaLimits {
    require(partBytes >= 1, "partBytes is at least 1");
    require(answerBytes >= partBytes, "an answer may have a part");
    require(writableBytes >= 1, "writableBytes is at least 1");
    require(queuedBytes >= writableBytes, "queuedBytes is at least writableBytes");
    require(queuedBytes >= partBytes, "the largest part may wait");
    require(asked >= 1 && served >= 1, "at least one stream may be under way");
    require(idleMillis >= 1, "idleMillis is at least 1");
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(rule);
    }
  }
}
