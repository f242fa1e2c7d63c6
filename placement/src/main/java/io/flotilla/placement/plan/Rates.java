package io.flotilla.placement.plan;

import io.flotilla.base.GroupId;
import java.util.Set;
import java.util.TreeMap;

/// Counters as rates: averages in which what is older counts less.
final class Rates {
  /// After which a past rate counts half.
  static final double HALF_LIFE_MILLIS = 30_000;

  private static final double SECOND = 1_000;

  private static final class Rate {
    long count;
    long atMillis;
    double perSecond;
    boolean known;
  }

  private final TreeMap<GroupId, Rate> rates = new TreeMap<>();

  /// Takes note of a counter and returns its rate per second; 0 at the first look. A counter that
  /// went back was begun anew.
  double note(GroupId group, long count, long nowMillis) {
    Rate rate = rates.get(group);
    if (rate == null || count < rate.count) {
      rate = new Rate();
      rates.put(group, rate);
    } else if (nowMillis > rate.atMillis) {
      double millis = nowMillis - rate.atMillis;
      double newest = (count - rate.count) * SECOND / millis;
      double weight = rate.known ? 1 - Math.pow(0.5, millis / HALF_LIFE_MILLIS) : 1;
      rate.perSecond += weight * (newest - rate.perSecond);
      rate.known = true;
    } else {
      return rate.perSecond;
    }
    rate.count = count;
    rate.atMillis = nowMillis;
    return rate.perSecond;
  }

  void retain(Set<GroupId> groups) {
    rates.keySet().retainAll(groups);
  }
}
