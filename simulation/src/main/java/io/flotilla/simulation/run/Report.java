package io.flotilla.simulation.run;

import io.flotilla.simulation.fault.Fault;
import io.flotilla.simulation.world.Findings.Finding;
import io.flotilla.simulation.world.Probes;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;

/// How a run went.
///
/// @param hash of everything that happened; equal for equal runs
/// @param events that happened
/// @param simulatedNanos time that passed inside
/// @param operations that clients asked for
/// @param answered of them
/// @param entries of the log that were applied
/// @param faults how often each kind has struck
/// @param findings rules that were broken; a good run has none
public record Report(
    long seed,
    long hash,
    long events,
    long simulatedNanos,
    int operations,
    long answered,
    int entries,
    Map<Fault, Long> faults,
    Probes probes,
    List<Finding> findings) {
  /// A run that could not be carried out.
  static Report ofFailure(long seed, Throwable cause) {
    var trace = new StringWriter();
    cause.printStackTrace(new PrintWriter(trace));
    var finding = new Finding("a run ends", trace.toString(), 0);
    return new Report(seed, 0, 0, 0, 0, 0, 0, Map.of(), new Probes(), List.of(finding));
  }

  public boolean isGood() {
    return findings.isEmpty();
  }

  /// What failed and how to see it again.
  public String failure() {
    var text = new StringBuilder("seed " + seed + " breaks a rule");
    findings.forEach(finding -> text.append("\n  ").append(finding));
    text.append("\n  replay with: ./flotilla-sim --seeds 1 --seed ").append(seed);
    return text.toString();
  }
}
