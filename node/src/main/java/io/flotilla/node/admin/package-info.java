/// What operators ask a node about shards and groups, and ask for: the service of
/// `flotilla/admin/shard.proto` on the client URLs. It decides nothing: the leader of the root
/// group
/// does.
@NullMarked
package io.flotilla.node.admin;

import org.jspecify.annotations.NullMarked;
