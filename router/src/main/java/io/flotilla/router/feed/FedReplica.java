package io.flotilla.router.feed;

import io.flotilla.placement.order.ProcessedItems;
import io.flotilla.router.watch.ShardGroupHistory;

/// A replica on this node, as those who tell others of it see it. On the loop.
public interface FedReplica extends ShardGroupHistory, ProcessedItems {}
