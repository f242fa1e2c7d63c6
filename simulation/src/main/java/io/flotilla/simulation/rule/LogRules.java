package io.flotilla.simulation.rule;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.AppendEntries;
import io.flotilla.proto.peer.Entry;
import io.flotilla.proto.peer.Frame;
import io.flotilla.proto.peer.GroupMessage;
import io.flotilla.raft.transport.PeerLinks.Lane;
import io.flotilla.simulation.world.Findings;
import io.flotilla.simulation.world.Network;
import java.util.HashMap;
import java.util.Map;

/// What goes over the network keeps the Log Matching Property (Raft §5.3): an index and a term name
/// one entry and all before it. And only the one leader of a term sends entries in it.
public final class LogRules implements Network.FrameWatcher {
  private record Place(int group, long index, long term) {}

  private record Term(int group, long number) {}

  /// What an entry is, and the term of the one before.
  private record Content(int hash, long previousTerm) {}

  private final Findings findings;
  private final Map<Place, Content> entries = new HashMap<>();
  private final Map<Term, NodeId> senderOfTerm = new HashMap<>();

  public LogRules(Findings findings, Network network) {
    this.findings = findings;
    network.watch(this);
  }

  @Override
  public void onFrame(NodeId from, NodeId to, Lane lane, Frame frame) {
    for (GroupMessage message : frame.getMessagesList()) {
      if (message.hasAppendEntries()) {
        var term = new Term(message.getGroup(), message.getTerm());
        onAppend(from, term, message.getAppendEntries());
      }
    }
  }

  private void onAppend(NodeId from, Term term, AppendEntries append) {
    NodeId known = senderOfTerm.putIfAbsent(term, from);
    findings.require(
        known == null || known.equals(from),
        "only a term's leader sends entries",
        term + ": " + known + " and " + from);
    long index = append.getPrevIndex();
    long previousTerm = append.getPrevTerm();
    for (Entry entry : append.getEntriesList()) {
      index++;
      onEntry(new Place(term.group(), index, entry.getTerm()), entry, previousTerm);
      previousTerm = entry.getTerm();
    }
  }

  private void onEntry(Place place, Entry entry, long previousTerm) {
    int hash = 31 * entry.getPayload().hashCode() + entry.getKindValue();
    var content = new Content(hash, previousTerm);
    Content known = entries.putIfAbsent(place, content);
    findings.require(
        known == null || known.equals(content),
        "an index and a term name one entry",
        place + " is " + known + " and " + content);
  }
}
