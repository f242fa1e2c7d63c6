package io.flotilla.loadtest.failover;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;

/// Whether one member has every acknowledged write once.
///
/// @param reader the endpoint that was read
/// @param failed writes whose outcome no client was told
/// @param failedButApplied those of them that took effect
/// @param examples some of the faults, for people
public record Verdict(
    String reader,
    long acknowledged,
    long failed,
    long failedButApplied,
    Faults faults,
    List<String> examples) {
  public Verdict {
    examples = List.copyOf(examples);
  }

  /// What must not happen.
  ///
  /// @param lost acknowledged and absent
  /// @param doubled of a version above 1
  /// @param altered with another value than written
  /// @param moved at another revision than acknowledged
  /// @param foreign under the run's prefix, written by nobody
  public record Faults(long lost, long doubled, long altered, long moved, long foreign) {
    boolean none() {
      return lost + doubled + altered + moved + foreign == 0;
    }
  }

  public boolean isSound() {
    return faults.none();
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("reader", reader)
        .put("sound", isSound())
        .put("acknowledged", acknowledged)
        .put("failed", failed)
        .put("failed_but_applied", failedButApplied)
        .put("lost", faults.lost())
        .put("doubled", faults.doubled())
        .put("altered", faults.altered())
        .put("moved", faults.moved())
        .put("foreign", faults.foreign())
        .put("examples", new JsonArray(examples));
  }
}
