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
    assertThat(checks(now).add(urls, learner != null)).isEqualTo(expected);
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
    assertThat(checks(now).remove(new NodeId(id))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"SL, 2,", "SL, 1, NOT_A_LEARNER", "SL, 3, NOT_FOUND", "SVVL, 4, NOT_ENOUGH_STARTED"})
  void onlyLearnersArePromoted(String now, long id, @Nullable MemberFault expected) {
    assertThat(checks(now).promote(new NodeId(id))).isEqualTo(expected);
  }

  @Test
  void peerUrlsBelongToOneMember() {
    var checks = checks("SS");
    var url = List.of("http://peer:2");
    assertThat(checks.add(url, false)).isEqualTo(MemberFault.PEER_URL_EXISTS);
    assertThat(checks.update(new NodeId(1), url)).isEqualTo(MemberFault.PEER_URL_EXISTS);
    assertThat(checks.update(new NodeId(2), url)).as("its own").isNull();
    assertThat(checks.update(NEW, List.of("http://new:1"))).isEqualTo(MemberFault.NOT_FOUND);
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
    assertThat(checks("S").add(List.of("http://ok:1", url), false))
        .isEqualTo(valid ? null : MemberFault.INVALID_URLS);
    assertThat(checks("S").update(new NodeId(1), List.of(url)))
        .isEqualTo(valid ? null : MemberFault.INVALID_URLS);
  }

  @Test
  void memberHasAtLeastOnePeerUrl() {
    assertThat(MemberChecks.validUrls(List.of())).isFalse();
  }

  private static MemberChecks checks(String letters) {
    List<Member> list = new ArrayList<>();
    for (int i = 1; i <= letters.length(); i++) {
      char letter = letters.charAt(i - 1);
      String name = letter == 'S' ? "m" + i : "";
      var urls = List.of("http://peer:" + i);
      list.add(new Member(new NodeId(i), name, urls, List.of(), letter == 'L'));
    }
    return new MemberChecks(list, 1);
  }
}
