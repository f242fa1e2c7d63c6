package io.flotilla.simulation.world;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Disk;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.transport.PeerLinks;
import io.flotilla.router.front.rpc.StreamSink;
import io.flotilla.router.route.Doors;

/// What lies between production code and its honest ports. A planted bug bends one of them, to see
/// that the rules notice; every method here leaves things as they are.
public interface Bent {
  /// Nothing is bent.
  Bent STRAIGHT = new Bent() {};

  /// A node runs.
  default void started(SimNode node) {}

  default Disk disk(Machine machine, Disk honest) {
    return honest;
  }

  default Clock clock(Machine machine, Clock honest) {
    return honest;
  }

  default PeerLinks links(Machine machine, PeerLinks honest) {
    return honest;
  }

  default StateMachine state(Machine machine, GroupId group, StateMachine honest) {
    return honest;
  }

  default Doors doors(Machine machine, Doors honest) {
    return honest;
  }

  default StreamSink<WatchResponse> watch(Machine machine, StreamSink<WatchResponse> honest) {
    return honest;
  }
}
