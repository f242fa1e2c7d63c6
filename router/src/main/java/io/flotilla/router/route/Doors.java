package io.flotilla.router.route;

import io.flotilla.placement.client.GroupDoor;

/// All that the front needs from the cluster.
public record Doors(
    ClusterView view,
    GroupDoor group,
    SpaceGate space,
    LeaseDoor leases,
    MemberDoor members,
    StorageDoor storage,
    AuthDoor auth) {}
