/// What a node tells of itself on its metrics page: etcd's names, types and buckets where the
/// meaning is equal, its own beside them. Rows of docs/metrics.md.
@NullMarked
package io.flotilla.node.metrics;

import org.jspecify.annotations.NullMarked;
