package io.flotilla.node.config;

import java.util.List;

/// The settings do not make a server. Holds every problem found, each naming the setting and what
/// to do.
public final class ConfigException extends RuntimeException {
  /// etcd's exit status for settings that are readable and wrong.
  public static final int INVALID = 1;

  private final transient List<String> problems;
  private final int exitStatus;

  public ConfigException(int exitStatus, List<String> problems) {
    super(String.join("\n", problems), null, false, false);
    this.exitStatus = exitStatus;
    this.problems = List.copyOf(problems);
  }

  public List<String> problems() {
    return problems;
  }

  public int exitStatus() {
    return exitStatus;
  }
}
