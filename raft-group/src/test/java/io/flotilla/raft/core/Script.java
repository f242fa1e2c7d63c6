package io.flotilla.raft.core;

import io.flotilla.base.NodeId;
import io.flotilla.raft.core.Message.AppendAccepted;
import io.flotilla.raft.core.Message.AppendEntries;
import io.flotilla.raft.core.Message.AppendRejected;
import io.flotilla.raft.core.Message.Heartbeat;
import io.flotilla.raft.core.Message.HeartbeatReply;
import io.flotilla.raft.core.Message.InstallSnapshot;
import io.flotilla.raft.core.Message.PreVoteReply;
import io.flotilla.raft.core.Message.PreVoteRequest;
import io.flotilla.raft.core.Message.TimeoutNow;
import io.flotilla.raft.core.Message.VoteReply;
import io.flotilla.raft.core.Message.VoteRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// The commands of scenario files, on a simulated group.
final class Script {
  private SimGroup group = SimGroup.of(1);
  private final StringBuilder trace = new StringBuilder();

  void run(String line) {
    String[] words = line.split(" ");
    switch (words[0]) {
      case "group" -> group = SimGroup.of(number(words[1]), number(words[2]), SimGroup.CONFIG);
      case "elect" -> group.elect(number(words[1]));
      case "campaign" -> group.replica(number(words[1])).core.campaign();
      case "propose" -> propose(number(words[1]), number(words[2]));
      case "isolate" -> group.isolate(number(words[1]));
      case "heal" -> group.heal();
      case "compact" -> {
        SimReplica replica = group.replica(number(words[1]));
        replica.core.compactTo(replica.status().applied());
      }
      case "transfer" ->
          group.replica(number(words[1])).core.transferTo(new NodeId(number(words[2])));
      case "change" -> change(words);
      case "crash" -> group.replica(number(words[1])).crash(new SplittableRandom(1));
      case "restart" -> group.replica(number(words[1])).restart();
      case "read" -> group.replica(number(words[1])).read();
      case "tick" -> group.tickAll(number(words[1]));
      case "status" -> {
        flush();
        group.replicas.values().forEach(this::status);
      }
      default -> throw new IllegalArgumentException("no such command: " + line);
    }
    flush();
  }

  private void propose(int id, int count) {
    for (int i = 0; i < count; i++) {
      group.replica(id).propose(new byte[] {(byte) i});
    }
  }

  private void change(String[] words) {
    var steps = new ArrayList<MemberChange.Step>();
    for (int i = 2; i < words.length; i++) {
      var id = new NodeId(number(words[i].substring(1)));
      steps.add(
          switch (words[i].charAt(0)) {
            case '+' -> new MemberChange.Step.AddVoter(id);
            case '~' -> new MemberChange.Step.AddLearner(id);
            case '-' -> new MemberChange.Step.Remove(id);
            default -> throw new IllegalArgumentException("no such change: " + words[i]);
          });
    }
    group.replica(number(words[1])).core.changeMembers(steps, new byte[0]);
  }

  private static int number(String word) {
    return Integer.parseInt(word.substring(word.indexOf('=') + 1));
  }

  private void flush() {
    group.settle();
    group.delivered.forEach(this::describe);
    group.delivered.clear();
  }

  private void status(SimReplica replica) {
    RaftStatus status = replica.status();
    trace.append(
        "%s: %s term=%d last=%s commit=%d applied=%d %s%n"
            .formatted(
                replica.id,
                replica.up ? status.role() : "DOWN",
                status.term(),
                status.last(),
                status.committed(),
                status.applied(),
                status.membership()));
  }

  private void describe(Envelope envelope) {
    Message message = envelope.message();
    trace.append(message.from()).append("->").append(envelope.to()).append(' ');
    trace.append(
        switch (message) {
          case AppendEntries append ->
              "AppendEntries prev=%s entries=%s commit=%d"
                  .formatted(append.prev(), span(append.entries()), append.commitIndex());
          case AppendAccepted accepted -> "AppendAccepted match=" + accepted.matchIndex();
          case AppendRejected rejected ->
              "AppendRejected prev=%d hint=%s".formatted(rejected.prevIndex(), rejected.hint());
          case Heartbeat heartbeat ->
              "Heartbeat commit=%d read=%d%s"
                  .formatted(
                      heartbeat.commitIndex(),
                      heartbeat.readContext(),
                      heartbeat.quiet() ? " quiet" : "");
          case HeartbeatReply reply -> "HeartbeatReply read=" + reply.readContext();
          case PreVoteRequest request ->
              "PreVoteRequest for=%d last=%s".formatted(request.campaignTerm(), request.last());
          case PreVoteReply reply ->
              "PreVoteReply for=%d granted=%s".formatted(reply.campaignTerm(), reply.granted());
          case VoteRequest request ->
              "VoteRequest term=%d last=%s%s"
                  .formatted(request.term(), request.last(), request.transfer() ? " transfer" : "");
          case VoteReply reply ->
              "VoteReply term=%d granted=%s".formatted(reply.term(), reply.granted());
          case TimeoutNow _ -> "TimeoutNow";
          case InstallSnapshot install -> "InstallSnapshot last=" + install.mark().last();
        });
    trace.append('\n');
  }

  private static String span(List<Entry> entries) {
    return entries.isEmpty()
        ? "[]"
        : "[" + entries.getFirst().id() + ".." + entries.getLast().id() + "]";
  }

  String takeTrace() {
    String taken = trace.toString();
    trace.setLength(0);
    return taken;
  }
}
