package io.flotilla.placement.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Contract 2.10.
class MemberChecksTest {
  private static final NodeId NEW = new NodeId(99);
  private static final NodeId GONE = new NodeId(98);

  /// Members by a letter each: S started voter, V voter not started, L learner.
  @ParameterizedTest
  @CsvSource({
    "S, ,", // one to two is the exception
    "SS, ,",
    "SV, , NOT_ENOUGH_STARTED",
    "SSV, , NOT_ENOUGH_STARTED",
    "SSSV, ,",
    "SV, L,",
    "SL, L, TOO_MANY_LEARNERS",
  })
  void addingNeedsAQuorumOfStartedMembers(
      String now, @Nullable String learner, @Nullable MemberFault expected) {
    var urls = List.of("http://new:1");
    assertThat(add(checks(now), urls, learner != null)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "S, 1, NOT_ENOUGH_STARTED", // the only member
    "SS, 1,",
    "SV, 1, NOT_ENOUGH_STARTED",
    "SV, 2,",
    "SSV, 1, NOT_ENOUGH_STARTED",
    "SSV, 3,",
    "SVL, 3,", // learners are exempt
    "SSS, 7, NOT_FOUND",
  })
  void removingNeedsAQuorumOfStartedMembers(String now, long id, @Nullable MemberFault expected) {
    assertThat(checks(now).check(new MemberRequest.Remove(new NodeId(id)), NEW))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"SL, 2,", "SL, 1, NOT_A_LEARNER", "SL, 3, NOT_FOUND", "SVVL, 4, NOT_ENOUGH_STARTED"})
  void onlyLearnersArePromoted(String now, long id, @Nullable MemberFault expected) {
    assertThat(checks(now).check(new MemberRequest.Promote(new NodeId(id)), NEW))
        .isEqualTo(expected);
  }

  @Test
  void peerUrlsBelongToOneMember() {
    var checks = checks("SS");
    var url = List.of("http://peer:2");
    assertThat(add(checks, url, false)).isEqualTo(MemberFault.PEER_URL_EXISTS);
    assertThat(update(checks, 1, url)).isEqualTo(MemberFault.PEER_URL_EXISTS);
    assertThat(update(checks, 2, url)).as("its own").isNull();
    assertThat(update(checks, 99, List.of("http://new:1"))).isEqualTo(MemberFault.NOT_FOUND);
  }

  @ParameterizedTest
  @CsvSource({
    "http://10.0.0.1:2380, true",
    "https://node-1.example:2380, true",
    "http://[::1]:2380, true",
    "http://node_1:2380, true",
    "http://:2380, false",
    "http://a:b@node:2380, false",
    "unix:///run/flotilla.sock, true",
    "unixs://localhost:1, true",
    "http://node, false",
    "http://node:2380/, false",
    "http://node:2380/path, false",
    "ftp://node:2380, false",
    "node:2380, false",
    "nonsense, false",
    "http://bad host:1, false",
  })
  void peerUrlsAreAddressesWithoutAPath(String url, boolean valid) {
    assertThat(MemberChecks.validUrls(List.of(url))).isEqualTo(valid);
    assertThat(add(checks("S"), List.of("http://ok:1", url), false))
        .isEqualTo(valid ? null : MemberFault.INVALID_URLS);
    assertThat(update(checks("S"), 1, List.of(url)))
        .isEqualTo(valid ? null : MemberFault.INVALID_URLS);
  }

  @Test
  void memberHasAtLeastOnePeerUrl() {
    assertThat(MemberChecks.validUrls(List.of())).isFalse();
  }

  /// Members by a letter each: C connected, R reachable but not for long, D down; all started.
  @ParameterizedTest
  @CsvSource({
    "C, ADD,",
    "CC, ADD,", // two of three, the newcomer counted as down
    "CD, ADD, UNHEALTHY",
    "CR, ADD, UNHEALTHY",
    "CCD, ADD, UNHEALTHY", // two of four
    "CCC, ADD,",
    "CCCCD, ADD,",
    "CCD, LEARN,",
    "CDD, LEARN, UNHEALTHY",
    "CCC, REMOVE,", // the first
    "CCD, REMOVE, UNHEALTHY",
    "DCC, REMOVE,", // one that is down
    "CCDD, REMOVE, UNHEALTHY",
  })
  void aQuorumStaysConnected(String now, String what, @Nullable MemberFault expected) {
    var checks = checks("S".repeat(now.length()), now);
    var request =
        switch (what) {
          case "ADD" -> new MemberRequest.Add(List.of("http://new:1"), false);
          case "LEARN" -> new MemberRequest.Add(List.of("http://new:1"), true);
          default -> new MemberRequest.Remove(new NodeId(1));
        };
    assertThat(checks.check(request, NEW)).isEqualTo(expected);
    var lenient =
        new MemberChecks(checks.members(), new MemberChecks.Rules(1, false), checks.view());
    assertThat(lenient.check(request, NEW)).as("unless told otherwise").isNull();
  }

  @Test
  void idsAreNeverUsedAgain() {
    var add = new MemberRequest.Add(List.of("http://new:1"), false);
    assertThat(checks("SS").check(add, GONE)).isEqualTo(MemberFault.NOT_FOUND);
    assertThat(checks("SS").check(add, new NodeId(2))).isEqualTo(MemberFault.ID_EXISTS);
  }

  @Test
  void learnerThatLagsIsNotPromoted() {
    var view = new View("CC", false);
    var checks = new MemberChecks(checks("SL").members(), new MemberChecks.Rules(1, true), view);
    assertThat(checks.check(new MemberRequest.Promote(new NodeId(2)), NEW))
        .isEqualTo(MemberFault.NOT_IN_SYNC);
  }

  private static @Nullable MemberFault add(
      MemberChecks checks, List<String> urls, boolean learner) {
    return checks.check(new MemberRequest.Add(urls, learner), NEW);
  }

  private static @Nullable MemberFault update(MemberChecks checks, long id, List<String> urls) {
    return checks.check(new MemberRequest.Update(new NodeId(id), urls), NEW);
  }

  /// Some group has replicas on the sixth only.
  private static final NodeId ALONE = new NodeId(6);

  /// Whatever the rules are: what it holds would be lost.
  @Test
  void whoHoldsAGroupAloneIsNotRemoved() {
    var six = checks("SSSSSS");
    assertThat(six.check(new MemberRequest.Remove(ALONE), NEW))
        .isEqualTo(MemberFault.NOT_ENOUGH_STARTED);
    assertThat(six.check(new MemberRequest.Remove(new NodeId(5)), NEW)).isNull();
    var lax = new MemberChecks(six.members(), new MemberChecks.Rules(1, false), six.view());
    assertThat(lax.check(new MemberRequest.Remove(ALONE), NEW))
        .isEqualTo(MemberFault.NOT_ENOUGH_STARTED);
  }

  /// @param states by the order of ids from 1
  private record View(String states, boolean inSync) implements MemberChecks.View {
    @Override
    public boolean wasRemoved(NodeId id) {
      return id.equals(GONE);
    }

    @Override
    public boolean isReachable(NodeId id) {
      return id.value() <= states.length() && states.charAt((int) id.value() - 1) != 'D';
    }

    @Override
    public boolean isConnected(NodeId id) {
      return id.value() <= states.length() && states.charAt((int) id.value() - 1) == 'C';
    }

    @Override
    public boolean isMissedByGroups(NodeId id) {
      return id.equals(ALONE);
    }

    @Override
    public boolean isInSync(NodeId learner) {
      return inSync;
    }
  }

  private static MemberChecks checks(String letters) {
    return checks(letters, "C".repeat(letters.length()));
  }

  private static MemberChecks checks(String letters, String states) {
    List<Member> list = new ArrayList<>();
    for (int i = 1; i <= letters.length(); i++) {
      char letter = letters.charAt(i - 1);
      String name = letter == 'S' ? "m" + i : "";
      var urls = List.of("http://peer:" + i);
      list.add(new Member(new NodeId(i), name, urls, List.of(), letter == 'L'));
    }
    return new MemberChecks(list, new MemberChecks.Rules(1, true), new View(states, true));
  }
}
