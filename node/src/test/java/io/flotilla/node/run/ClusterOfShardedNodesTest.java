package io.flotilla.node.run;

/// The same with three groups; the keys of the tests are not the root group's. Members that come
/// and go take part in all groups.
class ClusterOfShardedNodesTest extends ClusterOfNodesTest {
  @Override
  String shards() {
    return "k,m";
  }
}
