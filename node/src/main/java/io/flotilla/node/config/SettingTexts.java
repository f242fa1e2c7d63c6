package io.flotilla.node.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
          String variable = Setting.variable(name);
          problems.add("--" + name + " and " + variable + " are both set; keep one of the two");
        }
      }
      chosen.putAll(variables);
      chosen.putAll(flags);
    } else {
      chosen.putAll(SettingFile.read(Path.of(file), problems));
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
    Map<String, String> names = new HashMap<>();
    for (Setting setting : Settings.all()) {
      for (String name : Settings.namesOf(setting)) {
        names.put(Setting.variable(name), setting.name());
      }
    }
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
}
