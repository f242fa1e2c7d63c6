package io.flotilla.placement.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemberIdsTest {
  /// Contract 2.1.1: the ids of etcd's default single node.
  @Test
  void defaultNodeHasEtcdsIds() {
    NodeId member = MemberIds.ofBootstrap(List.of("http://localhost:2380"), "etcd-cluster");
    assertThat(member).isEqualTo(new NodeId(0x8e9e05c52164694dL));
    assertThat(Long.toUnsignedString(member.value())).isEqualTo("10276657743932975437");
    assertThat(MemberIds.clusterId(List.of(member))).isEqualTo(0xcdf818194e3a8c32L);
  }

  @Test
  void orderOfUrlsAndMembersDoesNotMatter() {
    assertThat(MemberIds.ofBootstrap(List.of("http://b:1", "http://a:1"), "t"))
        .isEqualTo(MemberIds.ofBootstrap(List.of("http://a:1", "http://b:1"), "t"));
    var high = new NodeId(-5);
    var low = new NodeId(5);
    assertThat(MemberIds.clusterId(List.of(high, low)))
        .isEqualTo(MemberIds.clusterId(List.of(low, high)));
  }

  @Test
  void tokenTellsIdsApart() {
    var urls = List.of("http://a:1");
    assertThat(MemberIds.ofBootstrap(urls, "x")).isNotEqualTo(MemberIds.ofBootstrap(urls, "y"));
  }

  @Test
  void addedMemberHasTheIdOfItsSecond() {
    var urls = List.of("http://a:1");
    NodeId added = MemberIds.ofAdded(urls, 1_700_000_000_123L);
    assertThat(added).isEqualTo(MemberIds.ofBootstrap(urls, "1700000000"));
    assertThat(MemberIds.ofAdded(urls, 1_700_000_000_999L)).isEqualTo(added);
    assertThat(MemberIds.ofAdded(urls, 1_700_000_001_000L)).isNotEqualTo(added);
  }
}
