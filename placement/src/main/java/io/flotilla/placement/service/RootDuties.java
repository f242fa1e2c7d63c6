package io.flotilla.placement.service;

import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.duty.AutoCompaction;
import io.flotilla.placement.duty.AutoCompactor;
import io.flotilla.placement.duty.LeadershipProof;
import io.flotilla.placement.duty.LeaseCheckpoints;
import io.flotilla.placement.duty.LeaseExpiry;
import io.flotilla.placement.duty.Proposer;
import io.flotilla.placement.duty.SpaceQuota;
import io.flotilla.proto.etcd.AlarmType;
import java.util.function.LongSupplier;

/// All that a replica of the root group does on its own, put together: started and stopped on the
/// group's loop with the machine.
public final class RootDuties {
  /// @param leaseCheckpoints whether the time that long leases have left is kept in the log (etcd's
  ///     feature gate of that name)
  public record Settings(
      SpaceQuota.Limits space, AutoCompaction compaction, boolean leaseCheckpoints) {
    /// No quota, no compaction by itself, no checkpoints of leases.
    public static final Settings OFF =
        new Settings(SpaceQuota.Limits.OFF, new AutoCompaction.Off(), false);
  }

  /// @param loop the group's
  /// @param local proposes to this replica only
  /// @param coordinator runs the revocation of a lease that shard groups know, as the root group's
  ///     leader
  /// @param anywhere proposes to the leader wherever it is: a follower raises its alarm through it
  /// @param freeBytes free on the file system, as last measured off the loop
  /// @param otherBytes what the stores of shard groups take on this node; they share its quota
  public record Ports(
      Clock clock,
      Scheduler loop,
      Proposer local,
      Proposer coordinator,
      Proposer anywhere,
      LeadershipProof proof,
      LongSupplier freeBytes,
      LongSupplier otherBytes) {
    /// Where nothing else shares the quota.
    public Ports(
        Clock clock,
        Scheduler loop,
        Proposer local,
        Proposer coordinator,
        Proposer anywhere,
        LeadershipProof proof,
        LongSupplier freeBytes) {
      this(clock, loop, local, coordinator, anywhere, proof, freeBytes, () -> 0);
    }

    /// Of a cluster without shard groups.
    public Ports(
        Clock clock,
        Scheduler loop,
        Proposer local,
        Proposer anywhere,
        LeadershipProof proof,
        LongSupplier freeBytes) {
      this(clock, loop, local, local, anywhere, proof, freeBytes);
    }
  }

  private final LeaseExpiry expiry;
  private final LeaseCheckpoints checkpoints;
  private final boolean checkpointing;
  private final SpaceQuota quota;
  private final AutoCompactor compactor;

  /// On the group's loop, before the group runs.
  public RootDuties(RootMachine machine, NodeId self, Settings settings, Ports ports) {
    this.expiry = expiry(machine, ports);
    this.checkpoints =
        new LeaseCheckpoints(machine.leases(), ports.clock(), ports.loop(), ports.local());
    this.checkpointing = settings.leaseCheckpoints();
    this.quota = quota(machine, self, settings, ports);
    this.compactor = compactor(machine, settings, ports);
    machine.onLeadershipChange(expiry::onLeadership);
    machine.onLeadershipChange(checkpoints::onLeadership);
  }

  private static LeaseExpiry expiry(RootMachine machine, Ports ports) {
    return new LeaseExpiry(
        machine.leases(),
        new LeaseExpiry.Ports(
            ports.clock(),
            ports.loop(),
            ports.local(),
            ports.coordinator(),
            ports.proof(),
            () -> machine.alarms().corrupt()));
  }

  private static SpaceQuota quota(
      RootMachine machine, NodeId self, Settings settings, Ports ports) {
    var gauges =
        new SpaceQuota.Gauges(
            () -> machine.storeBytes() + ports.otherBytes().getAsLong(),
            ports.freeBytes(),
            () -> machine.alarms().active(AlarmType.NOSPACE, self.value()));
    return new SpaceQuota(self, settings.space(), gauges, ports.loop(), ports.anywhere());
  }

  private static AutoCompactor compactor(RootMachine machine, Settings settings, Ports ports) {
    var gauges = new AutoCompactor.Gauges(machine::revision, machine.leases()::primary);
    return AutoCompactor.of(
        settings.compaction(), gauges, ports.clock(), ports.loop(), ports.local());
  }

  /// Asked by fronts on any thread before they let a write in.
  public SpaceQuota quota() {
    return quota;
  }

  public void start() {
    expiry.start();
    if (checkpointing) {
      checkpoints.start();
    }
    quota.start();
    compactor.start();
  }

  public void stop() {
    expiry.stop();
    checkpoints.stop();
    quota.stop();
    compactor.stop();
  }
}
