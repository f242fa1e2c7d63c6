package io.flotilla.raft.core;

import io.flotilla.base.NodeId;
import java.util.ArrayList;
import java.util.List;

/// What a core has to say until the next [Ready]: two queues of messages, so that what depends on
/// durability is visible in the data.
final class Outbox {
  private List<Envelope> messages = new ArrayList<>();
  private List<Envelope> afterPersist = new ArrayList<>();
  private List<Ready.ReadState> readStates = new ArrayList<>();
  private List<Transition> transitions = new ArrayList<>();

  /// Nothing in `message` depends on what is not durable.
  void send(NodeId to, Message message) {
    messages.add(new Envelope(to, message));
  }

  /// `message` makes a promise that must survive a restart.
  void sendAfterPersist(NodeId to, Message message) {
    afterPersist.add(new Envelope(to, message));
  }

  void readState(Ready.ReadState state) {
    readStates.add(state);
  }

  void transition(Transition transition) {
    transitions.add(transition);
  }

  boolean isEmptyBesidePersist() {
    return messages.isEmpty() && readStates.isEmpty() && transitions.isEmpty();
  }

  boolean hasAfterPersist() {
    return !afterPersist.isEmpty();
  }

  List<Envelope> takeMessages() {
    if (messages.isEmpty()) {
      return List.of();
    }
    List<Envelope> taken = messages;
    messages = new ArrayList<>();
    return taken;
  }

  List<Envelope> takeAfterPersist() {
    if (afterPersist.isEmpty()) {
      return List.of();
    }
    List<Envelope> taken = afterPersist;
    afterPersist = new ArrayList<>();
    return taken;
  }

  List<Ready.ReadState> takeReadStates() {
    if (readStates.isEmpty()) {
      return List.of();
    }
    List<Ready.ReadState> taken = readStates;
    readStates = new ArrayList<>();
    return taken;
  }

  List<Transition> takeTransitions() {
    if (transitions.isEmpty()) {
      return List.of();
    }
    List<Transition> taken = transitions;
    transitions = new ArrayList<>();
    return taken;
  }
}
