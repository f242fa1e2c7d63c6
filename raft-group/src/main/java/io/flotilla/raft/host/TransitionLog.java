package io.flotilla.raft.host;

import io.flotilla.base.GroupId;
import io.flotilla.raft.core.Transition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// Logs what happened to a replica, for operators.
final class TransitionLog {
  private static final Logger LOG = LoggerFactory.getLogger(TransitionLog.class);

  private final GroupId group;
  private final HostMetrics metrics;

  TransitionLog(GroupId group, HostMetrics metrics) {
    this.group = group;
    this.metrics = metrics;
  }

  void on(Transition transition) {
    metrics.on(transition);
    switch (transition) {
      case Transition.Follows(long term, var leader) ->
          info("follows").addKeyValue("term", term).addKeyValue("leader", leader).log();
      case Transition.AsksForElection(long term) ->
          debug("asks-for-election").addKeyValue("term", term).log();
      case Transition.Campaigns(long term) -> info("campaigns").addKeyValue("term", term).log();
      case Transition.Leads(long term, var last) ->
          info("leads").addKeyValue("term", term).addKeyValue("last", last).log();
      case Transition.CeasesToLead(long term, var reason) ->
          warn("ceases-to-lead").addKeyValue("term", term).addKeyValue("reason", reason).log();
      case Transition.MembersChanged(long index, var membership) ->
          info("members-changed")
              .addKeyValue("index", index)
              .addKeyValue("membership", membership)
              .log();
      case Transition.TransferStarted(var target) ->
          info("transfer-started").addKeyValue("target", target).log();
      case Transition.TransferAbandoned(var target) ->
          warn("transfer-abandoned").addKeyValue("target", target).log();
      case Transition.SnapshotWanted(var follower, var mark) ->
          info("snapshot-wanted").addKeyValue("follower", follower).addKeyValue("at", mark).log();
      case Transition.SnapshotAccepted(var mark) ->
          info("snapshot-accepted").addKeyValue("at", mark).log();
    }
  }

  private LoggingEventBuilder debug(String event) {
    return with(LOG.atDebug(), event);
  }

  private LoggingEventBuilder info(String event) {
    return with(LOG.atInfo(), event);
  }

  private LoggingEventBuilder warn(String event) {
    return with(LOG.atWarn(), event);
  }

  private LoggingEventBuilder with(LoggingEventBuilder builder, String event) {
    return builder.setMessage("replica").addKeyValue("event", event).addKeyValue("group", group);
  }
}
