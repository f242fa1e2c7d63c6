package io.flotilla.loadtest.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class CountersTest {
  @Test
  void ratesAreByTheTimeBetweenTheReadings() {
    var before = new Counters.Reading(Map.of("puts_total", 100.0), 5_000_000_000L);
    var after = new Counters.Reading(Map.of("puts_total", 700.0, "new", 4.0), 7_000_000_000L);
    assertThat(Counters.perSecond(before, after))
        .isEqualTo(Map.of("puts_total", 300.0, "new", 2.0));
  }

  @Test
  void linesOfOneNameAreSummed() {
    var sums = new TreeMap<>(Map.of("puts_total", 0.0));
    for (String line :
        "# HELP puts_total x\nputs_total{a=\"b\"} 3.0\nputs_total 4\nother 9".split("\n")) {
      Counters.add(line, sums);
    }
    assertThat(sums).isEqualTo(Map.of("puts_total", 7.0));
  }
}
