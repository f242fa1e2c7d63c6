package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import java.util.List;
import java.util.TreeMap;

/// Groups that are where a test puts them.
final class FakeSites implements GroupSites {
  /// Of a group.
  record Site(boolean wanted, boolean everywhere, List<NodeId> others) {}

  final TreeMap<GroupId, Site> sites = new TreeMap<>();

  private Site site(GroupId group) {
    return sites.getOrDefault(group, new Site(false, false, List.of()));
  }

  static List<NodeId> nodes(int... ids) {
    return java.util.Arrays.stream(ids).mapToObj(NodeId::new).toList();
  }

  @Override
  public List<GroupId> groups() {
    return List.copyOf(sites.keySet());
  }

  @Override
  public boolean exists(GroupId group) {
    return sites.containsKey(group);
  }

  @Override
  public boolean isWanted(GroupId group) {
    return site(group).wanted();
  }

  @Override
  public boolean isEverywhere(GroupId group) {
    return site(group).everywhere();
  }

  @Override
  public List<NodeId> others(GroupId group) {
    return site(group).others();
  }
}
