package io.flotilla.node.config;

import java.util.Locale;

/// One thing an operator may set, under etcd's name where etcd has it.
///
/// @param name the flag without dashes; the variable is `ETCD_` and the name in upper case
/// @param kind how the text is read
/// @param defaultText the text that stands in when nothing is given
/// @param section the heading in `--help`
/// @param help one line for `--help`
/// @param support what setting it does here
public record Setting(
    String name, Kind kind, String defaultText, Section section, String help, Support support) {

  public enum Kind {
    TEXT,
    /// A flag that may stand alone; also `=true` and `=false`.
    SWITCH,
    NUMBER,
    /// Go's notation: `300ms`, `5s`, `1h30m`. In a YAML file a bare number is nanoseconds.
    DURATION,
    /// Comma-separated URLs.
    URLS,
    /// Comma-separated words.
    LIST
  }

  public enum Section {
    MEMBER("Member"),
    CLUSTER("Cluster"),
    SHARDS("Shards"),
    PEER_TLS("Certificates between members"),
    TLS("Certificates of clients, and what holds for all"),
    USERS("Users"),
    LIMITS("Limits and timing"),
    STORAGE("Storage and compaction"),
    HTTP("HTTP and metrics"),
    LOGGING("Logging"),
    COMPATIBILITY("Accepted for compatibility, without effect");

    private final String title;

    Section(String title) {
      this.title = title;
    }

    public String title() {
      return title;
    }
  }

  public enum Support {
    FULL,
    /// etcd has it and this store has no use for it: accepted, and named in a warning when set.
    IGNORED,
    /// etcd has it and a server that ignored it would not do what was asked: refused.
    REFUSED
  }

  /// The environment variable of a name.
  static String variable(String name) {
    return "ETCD_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
  }
}
