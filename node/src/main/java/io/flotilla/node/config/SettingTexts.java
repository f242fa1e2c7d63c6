package io.flotilla.node.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/// The text of every setting after flags, variables and the file were put together, by etcd's
/// rules: a flag or its variable but not both; a configuration file replaces all of them.
///
/// @param values by setting name, defaults filled in
/// @param given names that somebody set
/// @param warnings for the log, once it is up
public record SettingTexts(Map<String, String> values, Set<String> given, List<String> warnings) {
  private static final String PREFIX = "ETCD_";

  public SettingTexts {
    values = Map.copyOf(values);
    given = Set.copyOf(given);
    warnings = List.copyOf(warnings);
  }

  /// @param flags what the command line gave, by setting name
  /// @param environment all variables of the process
  /// @throws ConfigException with every problem
  public static SettingTexts merge(Map<String, String> flags, Map<String, String> environment) {
    List<String> problems = new ArrayList<>();
    List<String> warnings = new ArrayList<>();
    Map<String, String> variables = variables(environment, warnings);
    String file = flags.getOrDefault("config-file", variables.getOrDefault("config-file", ""));
    Map<String, String> chosen = new LinkedHashMap<>();
    if (file.isEmpty()) {
      for (String name : flags.keySet()) {
        if (variables.containsKey(name)) {
          String variable = PREFIX + name.toUpperCase(Locale.ROOT).replace('-', '_');
          problems.add("--" + name + " and " + variable + " are both set; keep one of the two");
        }
      }
      chosen.putAll(variables);
      chosen.putAll(flags);
    } else {
      chosen.putAll(readFile(Path.of(file), problems));
      Set<String> overruled = new LinkedHashSet<>(flags.keySet());
      overruled.addAll(variables.keySet());
      overruled.remove("config-file");
      if (!overruled.isEmpty()) {
        warnings.add("the configuration file replaces these flags and variables: " + overruled);
      }
    }
    checkSupport(chosen, problems, warnings);
    if (!problems.isEmpty()) {
      throw new ConfigException(ConfigException.INVALID, problems);
    }
    Map<String, String> values = Settings.defaults();
    values.putAll(chosen);
    return new SettingTexts(values, chosen.keySet(), warnings);
  }

  public boolean isGiven(String name) {
    return given.contains(name);
  }

  private static Map<String, String> variables(
      Map<String, String> environment, List<String> warnings) {
    Map<String, String> variables = new LinkedHashMap<>();
    Map<String, String> names =
        Settings.all().stream().collect(Collectors.toMap(Setting::variable, Setting::name));
    environment.forEach(
        (variable, value) -> {
          String name = names.get(variable);
          if (name != null) {
            variables.put(name, value);
          } else if (variable.startsWith(PREFIX)) {
            warnings.add("the environment variable " + variable + " is not a setting; ignored");
          }
        });
    return variables;
  }

  private static void checkSupport(
      Map<String, String> chosen, List<String> problems, List<String> warnings) {
    for (Map.Entry<String, String> entry : chosen.entrySet()) {
      Setting setting = Settings.find(entry.getKey());
      if (setting == null || entry.getValue().equals(setting.defaultText())) {
        continue;
      }
      switch (setting.support()) {
        case FULL -> {}
        case IGNORED -> warnings.add("--" + setting.name() + " has no effect here; ignored");
        case REFUSED -> {
          boolean off = setting.kind() == Setting.Kind.SWITCH && entry.getValue().equals("false");
          if (!off) {
            problems.add("--" + setting.name() + " is not supported; remove it");
          }
        }
      }
    }
  }

  private static Map<String, String> readFile(Path file, List<String> problems) {
    Map<String, String> values = new LinkedHashMap<>();
    Object document;
    try {
      document = new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
    } catch (IOException e) {
      problems.add("the configuration file " + file + " cannot be read: " + e);
      return values;
    } catch (YAMLException e) {
      problems.add("the configuration file " + file + " is not YAML: " + e.getMessage());
      return values;
    }
    if (document == null) {
      return values;
    }
    if (!(document instanceof Map<?, ?> settings)) {
      problems.add("the configuration file " + file + " must hold `name: value` lines");
      return values;
    }
    settings.forEach(
        (key, value) -> {
          Setting setting = Settings.find(String.valueOf(key));
          if (setting == null) {
            problems.add(
                "the configuration file " + file + " has an unknown setting \"" + key + "\"");
          } else {
            values.put(setting.name(), fileText(setting, value));
          }
        });
    return values;
  }

  /// A list becomes the comma-separated form; a bare number for a duration is nanoseconds, as in
  /// etcd's files.
  private static String fileText(Setting setting, @Nullable Object value) {
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
