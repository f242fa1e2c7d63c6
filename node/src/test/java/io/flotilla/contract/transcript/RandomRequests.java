package io.flotilla.contract.transcript;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Requests at random about few keys and leases, so that they meet. The same for the same seed and
/// the same answers.
final class RandomRequests {
  private static final Pattern REVISION = Pattern.compile("header \\{ revision: (\\d+) }");
  private static final List<String> KEYS = List.of("a", "a1", "b", "c", "c/1", "d", "m", "z");
  private static final List<String> VALUES = List.of("", "0", "1", "2", "x");
  private static final List<String> ENDS = List.of("\\000", "b", "c", "c0", "d", "n", "zz");
  private static final List<String> RESULTS = List.of("EQUAL", "NOT_EQUAL", "GREATER", "LESS");
  private static final List<String> TARGETS = List.of("KEY", "VERSION", "CREATE", "MOD", "VALUE");
  private static final int LEASES = 4;
  private static final int MAX_NESTING = 2;

  private final SplittableRandom random;
  private long revision = 1;
  private long compacted;

  RandomRequests(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /// Learns from an answer what revisions there are.
  void hear(Step.Act act, List<String> answers) {
    Matcher found = REVISION.matcher(answers.isEmpty() ? "" : answers.getFirst());
    if (found.find()) {
      revision = Math.max(revision, Long.parseLong(found.group(1)));
      if (act instanceof Step.Act.Ask(String method, String request)
          && method.equals("KV/Compact")) {
        compacted = Math.max(compacted, Long.parseLong(request.replaceAll("\\D", "")));
      }
    }
  }

  Step.Act next() {
    int dice = random.nextInt(100);
    if (dice < 25) {
      return ask("KV/Put", put());
    } else if (dice < 33) {
      return ask("KV/DeleteRange", delete());
    } else if (dice < 55) {
      return ask("KV/Range", range());
    } else if (dice < 83) {
      return ask("KV/Txn", txn(0));
    } else if (dice < 85) {
      return ask("KV/Compact", "revision: " + (compacted + random.nextInt(12)));
    } else if (dice < 90) {
      return ask("Lease/LeaseGrant", "ID: " + lease() + " TTL: 1000");
    } else if (dice < 94) {
      return ask("Lease/LeaseRevoke", "ID: " + lease());
    }
    return ask("Lease/LeaseTimeToLive", "ID: " + lease() + " keys: true");
  }

  /// Everything that has happened since the last compaction, from one watcher.
  List<Step.Act> history() {
    String from = "start_revision: " + Math.max(2, compacted);
    return List.of(
        new Step.Act.Open("w", "Watch/Watch"),
        new Step.Act.Send(
            "w",
            "create_request { key: \"\\000\" range_end: \"\\000\" prev_kv: true " + from + " }"),
        new Step.Act.Take("w", revision >= Math.max(2, compacted) ? 2 : 1));
  }

  private static Step.Act ask(String method, String request) {
    return new Step.Act.Ask(method, request);
  }

  private String one(List<String> of) {
    return of.get(random.nextInt(of.size()));
  }

  private boolean once(int in) {
    return random.nextInt(in) == 0;
  }

  private int lease() {
    return 1 + random.nextInt(LEASES);
  }

  private String key() {
    return once(60) ? "" : "key: \"" + one(KEYS) + "\"";
  }

  private String keys() {
    return key() + (once(2) ? " range_end: \"" + one(ENDS) + "\"" : "");
  }

  private String put() {
    var request = new StringJoiner(" ").add(key());
    if (!once(8)) {
      request.add("value: \"" + one(VALUES) + "\"");
    } else {
      request.add(once(2) ? "ignore_value: true" : "ignore_lease: true");
    }
    if (once(5)) {
      request.add("lease: " + lease());
    }
    return request.add(once(3) ? "prev_kv: true" : "").toString();
  }

  private String delete() {
    return keys() + (once(2) ? " prev_kv: true" : "");
  }

  private String range() {
    var request = new StringJoiner(" ").add(keys());
    if (once(3)) {
      request.add("sort_order: " + (once(2) ? "ASCEND" : "DESCEND"));
      request.add("sort_target: " + one(TARGETS));
    }
    if (once(4)) {
      request.add("limit: " + random.nextInt(4));
    }
    if (once(4)) {
      request.add("revision: " + revisionNearby());
    }
    if (once(8)) {
      request.add("count_only: true"); // with keys_only 3.5 tells leases, and 3.7 does not
    }
    if (once(8)) {
      String bound = one(List.of("min_mod", "max_mod", "min_create", "max_create"));
      request.add(bound + "_revision: " + revisionNearby());
    }
    return request.add(once(5) ? "serializable: true" : "").toString();
  }

  private long revisionNearby() {
    return Math.max(0, revision + 1 - random.nextInt((int) Math.min(revision + 1, 20)));
  }

  private String compare() {
    String key = keys();
    String result = " result: " + one(RESULTS) + " ";
    String target =
        switch (random.nextInt(5)) {
          case 0 -> "target: VERSION version: " + random.nextInt(4);
          case 1 -> "target: CREATE create_revision: " + (once(3) ? 0 : revisionNearby());
          case 2 -> "target: MOD mod_revision: " + (once(3) ? 0 : revisionNearby());
          case 3 -> "target: VALUE value: \"" + one(VALUES) + "\"";
          default -> "target: LEASE lease: " + random.nextInt(LEASES + 1);
        };
    return "compare { " + key + result + target + " }";
  }

  private String txn(int nesting) {
    List<String> parts = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      parts.add(compare());
    }
    for (String branch : List.of("success", "failure")) {
      for (int i = random.nextInt(4); i > 0; i--) {
        parts.add(branch + " { " + operation(nesting) + " }");
      }
    }
    return String.join(" ", parts);
  }

  private String operation(int nesting) {
    return switch (random.nextInt(nesting < MAX_NESTING ? 7 : 6)) {
      case 0, 1, 2 -> "request_put { " + put() + " }";
      case 3 -> "request_delete_range { " + delete() + " }";
      case 4, 5 -> "request_range { " + range() + " }";
      default -> "request_txn { " + txn(nesting + 1) + " }";
    };
  }
}
