package io.flotilla.simulation.chaos;

import io.flotilla.proto.etcd.HashKVResponse;
import io.flotilla.proto.etcd.StatusResponse;
import io.flotilla.simulation.history.Answer;
import io.flotilla.simulation.history.Outcome;
import io.flotilla.simulation.history.Outcome.Answered;
import io.flotilla.simulation.history.Request;
import io.flotilla.simulation.history.Span;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What has to be true when the faults are over: the cluster makes progress, all nodes have the
/// same state, and every watcher gets to the end.
final class Referee {
  private static final long POLL_MILLIS = 300;
  private static final int POLLS = 12;

  private final Cluster cluster;
  private final RecordingClient client;
  private final Duration limit;

  /// @param limit for each thing that is awaited
  Referee(Cluster cluster, RecordingClient client, Duration limit) {
    this.cluster = cluster;
    this.client = client;
    this.limit = limit;
  }

  /// Waits until every node takes a write, and returns the revision of the last one.
  ///
  /// @throws ChaosException if one does not
  long awaitProgress() {
    cluster.awaitAllServe();
    long[] revision = {0};
    for (Node node : cluster.nodes()) {
      String value = "end." + node.number() + ".";
      int[] tries = {0};
      Cluster.await(
          node + " takes a write",
          limit,
          () -> {
            var put = new Request.Put("end", value + tries[0]++, 0, true);
            Optional<Answer> answer = answer(client.execute(node.number(), put));
            answer.ifPresent(done -> revision[0] = done.revision());
            return answer.isPresent();
          });
    }
    return revision[0];
  }

  /// Waits until the nodes stand at one revision for longer than a lease lives.
  ///
  /// @return that revision
  long awaitQuiet() {
    long[] seen = {0, 0}; // the revision, and how often in a row
    Cluster.await(
        "all nodes at one revision",
        limit,
        () -> {
          List<Long> revisions = revisions();
          boolean same =
              revisions.size() == cluster.size() && revisions.stream().distinct().count() == 1;
          long revision = same ? revisions.getFirst() : 0;
          seen[1] = same && revision == seen[0] ? seen[1] + 1 : 0;
          seen[0] = revision;
          Pause.millis(POLL_MILLIS);
          return seen[1] >= POLLS;
        });
    return seen[0];
  }

  private List<Long> revisions() {
    var revisions = new ArrayList<Long>();
    for (Node node : cluster.nodes()) {
      Optional<StatusResponse> status = cluster.status(node.number());
      status.ifPresent(known -> revisions.add(known.getHeader().getRevision()));
    }
    return revisions;
  }

  /// Waits until all nodes give the same hash for `revision`: a compaction that is still under way
  /// at one of them may take a moment.
  void awaitEqualHashes(long revision) {
    List<String> hashes = hashes(revision);
    long end = System.nanoTime() + limit.toNanos();
    while (hashes.stream().distinct().count() != 1) {
      if (System.nanoTime() > end) {
        throw new ChaosException("the nodes differ at revision " + revision + ": " + hashes);
      }
      Pause.millis(POLL_MILLIS);
      hashes = hashes(revision);
    }
  }

  private List<String> hashes(long revision) {
    var hashes = new ArrayList<String>();
    for (Node node : cluster.nodes()) {
      HashKVResponse hash = cluster.hash(node.number(), revision);
      hashes.add(String.format("%08x compacted %d", hash.getHash(), hash.getCompactRevision()));
    }
    return hashes;
  }

  /// Reads everything at every node, for the checker.
  void readAll() {
    for (Node node : cluster.nodes()) {
      for (boolean stale : new boolean[] {false, true}) {
        var range = new Request.Range(Span.ALL, 0, 0, stale, false);
        Cluster.await(
            node + " answers a read",
            limit,
            () -> answer(client.execute(node.number(), range)).isPresent());
      }
    }
  }

  private static Optional<Answer> answer(Outcome outcome) {
    return outcome instanceof Answered answered ? Optional.of(answered.answer()) : Optional.empty();
  }

  void awaitWatchers(List<Watcher> watchers, long revision) {
    for (Watcher watcher : watchers) {
      Cluster.await(
          watcher + " reaches revision " + revision, limit, () -> watcher.reached() >= revision);
    }
  }
}
