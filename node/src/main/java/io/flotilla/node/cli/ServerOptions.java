package io.flotilla.node.cli;

import io.flotilla.node.config.Setting;
import io.flotilla.node.config.Settings;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// The settings table as options of a command: every setting with one dash or two, as etcd's
/// scripts write them.
final class ServerOptions {
  private ServerOptions() {}

  /// Adds an option for each setting, grouped under its section's heading.
  static void addTo(CommandSpec spec) {
    Map<Setting.Section, ArgGroupSpec.Builder> groups = new EnumMap<>(Setting.Section.class);
    int order = 0;
    for (Setting setting : Settings.all()) {
      ArgGroupSpec.Builder group =
          groups.computeIfAbsent(setting.section(), ServerOptions::newGroup);
      group.addArg(option(setting, order++));
    }
    groups.values().forEach(group -> spec.addArgGroup(group.build()));
  }

  /// What the line gave, by setting name. The last of several wins.
  static Map<String, String> given(ParseResult parsed) {
    Map<String, String> given = new LinkedHashMap<>();
    for (Setting setting : Settings.all()) {
      String name = "--" + setting.name();
      if (parsed.hasMatchedOption(name)) {
        given.put(setting.name(), parsed.matchedOption(name).getValue());
      }
    }
    return given;
  }

  private static ArgGroupSpec.Builder newGroup(Setting.Section section) {
    return ArgGroupSpec.builder()
        .exclusive(false)
        .validate(false)
        .order(section.ordinal())
        .heading("%n" + section.title() + ":%n");
  }

  private static OptionSpec option(Setting setting, int order) {
    boolean isSwitch = setting.kind() == Setting.Kind.SWITCH;
    var option =
        OptionSpec.builder(names(setting))
            .type(String.class)
            .arity(isSwitch ? "0..1" : "1")
            .order(order)
            .paramLabel(label(setting))
            .hidden(setting.support() == Setting.Support.REFUSED)
            .description(description(setting));
    if (isSwitch) {
      option.fallbackValue("true");
    }
    return option.build();
  }

  private static String[] names(Setting setting) {
    return Settings.namesOf(setting).stream()
        .flatMap(name -> Stream.of("--" + name, "-" + name))
        .toArray(String[]::new);
  }

  private static String label(Setting setting) {
    return switch (setting.kind()) {
      case SWITCH -> "true|false";
      case NUMBER -> "N";
      case DURATION -> "DURATION";
      case URLS -> "URL,...";
      case LIST -> "A,B,...";
      case TEXT -> "TEXT";
    };
  }

  private static String description(Setting setting) {
    String suffix = setting.defaultText().isEmpty() ? "" : " [" + setting.defaultText() + "]";
    return (setting.help() + suffix).strip();
  }
}
