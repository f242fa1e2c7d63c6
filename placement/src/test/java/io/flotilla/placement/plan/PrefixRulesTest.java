package io.flotilla.placement.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PrefixRulesTest {
  private static final PrefixRules KUBERNETES =
      new PrefixRules(2, List.of(Key.utf8("/registry/apps"), Key.utf8("/x/a/b")));

  private static String unit(PrefixRules rules, String key) {
    KeyRange unit = rules.unit(Key.utf8(key));
    return unit == null ? "none" : unit.start().toString();
  }

  @Test
  void theDepthCountsTheSlashesBehindTheFirstByte() {
    assertThat(unit(KUBERNETES, "/registry/pods/default/web-0")).isEqualTo("/registry/pods/");
    assertThat(unit(KUBERNETES, "/registry/pods/")).isEqualTo("/registry/pods/");
    assertThat(unit(KUBERNETES, "registry/pods/x")).isEqualTo("registry/pods/");
    assertThat(unit(KUBERNETES, "/registry/pods")).isEqualTo("none");
    assertThat(unit(KUBERNETES, "/")).isEqualTo("none");
    assertThat(unit(PrefixRules.NONE, "/a/b/c")).isEqualTo("none");
    assertThat(unit(new PrefixRules(1, List.of()), "//b/c")).isEqualTo("//");
  }

  @Test
  void theWiderUnitWins() {
    assertThat(unit(KUBERNETES, "/registry/apps.v1/deployments/a")).isEqualTo("/registry/apps");
    assertThat(unit(KUBERNETES, "/x/a/b/c")).as("the depth's is wider").isEqualTo("/x/a/");
  }

  @Test
  void aShardMayBeginAroundAUnitAndNotInside() {
    assertThat(KUBERNETES.mayBegin(Key.utf8("/registry/pods/"))).isTrue();
    assertThat(KUBERNETES.mayBegin(Key.utf8("/registry/pods0"))).isTrue();
    assertThat(KUBERNETES.mayBegin(Key.utf8("/registry/pods/a"))).isFalse();
    assertThat(KUBERNETES.mayBegin(Key.utf8("/registry/appsX"))).isFalse();
  }

  @Test
  void anEmptyPrefixIsRefused() {
    assertThatThrownBy(() -> new PrefixRules(0, List.of(Key.utf8(""))))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
