package io.flotilla.placement.plan;

import io.flotilla.base.GroupId;

/// A handover that is under way, whoever asked for it.
public record HandoverView(long number, GroupId from, GroupId to) {
  boolean concerns(GroupId group) {
    return from.equals(group) || to.equals(group);
  }
}
