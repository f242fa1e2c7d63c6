/// Groups without a replica on this node, for its watchers (docs/design/0012): a node that has a
/// replica tells others of it, and what is told there stands for a replica here. What a follower
/// has missed it reads as history, so nothing is kept for anybody. Pure but for the streams between
/// nodes; everything belongs to the loop of the node's groups.
@NullMarked
package io.flotilla.router.feed;

import org.jspecify.annotations.NullMarked;
