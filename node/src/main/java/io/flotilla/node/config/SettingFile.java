package io.flotilla.node.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/// The file that `--config-file` names: a line for each setting, and etcd's two blocks about
/// certificates, whose lines stand for settings of other names.
final class SettingFile {
  private static final Map<String, String> BLOCKS =
      Map.of("client-transport-security", "", "peer-transport-security", "peer-");

  /// Names in a block that are not those of the settings without their prefix.
  private static final Map<String, String> BLOCK_NAMES =
      Map.of(
          "allowed-cn", "cert-allowed-cn",
          "allowed-cns", "cert-allowed-cn",
          "allowed-hostname", "cert-allowed-hostname",
          "allowed-hostnames", "cert-allowed-hostname");

  private final Path file;
  private final List<String> problems;
  private final Map<String, String> values = new LinkedHashMap<>();

  private SettingFile(Path file, List<String> problems) {
    this.file = file;
    this.problems = problems;
  }

  /// The texts of the file by setting name; adds to `problems` what is wrong with it.
  static Map<String, String> read(Path file, List<String> problems) {
    var reader = new SettingFile(file, problems);
    reader.readAll();
    return reader.values;
  }

  private void readAll() {
    Object document;
    try {
      document = new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
    } catch (IOException e) {
      problems.add("the configuration file " + file + " cannot be read: " + e);
      return;
    } catch (YAMLException e) {
      problems.add("the configuration file " + file + " is not YAML: " + e.getMessage());
      return;
    }
    if (document instanceof Map<?, ?> settings) {
      settings.forEach((key, value) -> line(String.valueOf(key), value));
    } else if (document != null) {
      problems.add("the configuration file " + file + " must hold `name: value` lines");
    }
  }

  private void line(String key, @Nullable Object value) {
    String prefix = BLOCKS.get(key);
    if (prefix == null) {
      put(key, key, value);
    } else if (value instanceof Map<?, ?> block) {
      block.forEach((name, inner) -> blockLine(key, prefix, String.valueOf(name), inner));
    } else if (value != null) {
      problems.add("the configuration file " + file + ": " + key + " must be a block of lines");
    }
  }

  private void blockLine(String block, String prefix, String name, @Nullable Object value) {
    String setting = prefix + BLOCK_NAMES.getOrDefault(name, name);
    // The clients' own block has this prefix in the names of its settings already.
    boolean clients = prefix.isEmpty() && setting.startsWith("cert-allowed-");
    put(block + "." + name, clients ? "client-" + setting : setting, value);
  }

  private void put(String where, String name, @Nullable Object value) {
    Setting setting = Settings.find(name);
    if (setting == null) {
      problems.add("the configuration file " + file + " has an unknown setting \"" + where + "\"");
    } else {
      values.put(setting.name(), text(setting, value));
    }
  }

  /// A list becomes the comma-separated form; a bare number for a duration is nanoseconds, as in
  /// etcd's files.
  private static String text(Setting setting, @Nullable Object value) {
    if (value == null) {
      return "";
    }
    if (value instanceof List<?> list) {
      return list.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
    if (setting.kind() == Setting.Kind.DURATION && value instanceof Number nanos) {
      return nanos + "ns";
    }
    return String.valueOf(value);
  }
}
