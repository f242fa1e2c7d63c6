package io.flotilla.node.cli;

import io.flotilla.proto.admin.PlanRequest;
import io.flotilla.proto.admin.PlanResponse;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `flotilla shard plan`: what the planner would do, and did.
@Command(
    name = "plan",
    description = {
      "Shows what the planner would do next and what it did, with its reasons; turns it on or off.",
      "Exit status: 0 shown, 2 not known."
    })
final class ShardPlanCommand extends ShardTool {
  /// One of them, or none.
  private static final class Switch {
    @Option(names = "--on", description = "The planner acts from now on.")
    private boolean on;

    @Option(names = "--off", description = "The planner only says what it would do.")
    private boolean off;
  }

  @ArgGroup private Switch change = new Switch();

  @Override
  int run(AdminClient client) throws AdminClient.FailedException {
    var request = PlanRequest.newBuilder();
    if (change.on || change.off) {
      request.setEnable(change.on);
    }
    PlanResponse plan = client.plan(request.build());
    print("the planner is " + (plan.getEnabled() ? "on" : "off"));
    print("next:");
    print(plan.getNextList(), "  nothing");
    print("done:");
    print(plan.getDoneList(), "  nothing yet");
    return DONE;
  }

  private void print(List<PlanResponse.Step> steps, String none) {
    if (steps.isEmpty()) {
      print(none);
    }
    for (PlanResponse.Step step : steps) {
      String at = step.getAtSeconds() == 0 ? "" : Instant.ofEpochSecond(step.getAtSeconds()) + " ";
      String outcome = step.getOutcome().isEmpty() ? "" : ": " + step.getOutcome();
      print("  " + at + step.getAction() + " (" + step.getReason() + ")" + outcome);
    }
  }
}
