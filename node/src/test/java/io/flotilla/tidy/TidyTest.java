package io.flotilla.tidy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import io.flotilla.tidy.SourceTree.SourceFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Rules of the source tree that a compiler does not know. `-Dtidy.write=true` formats the files
/// instead of complaining about them.
class TidyTest {
  private static final int LINE_MAX = 100;
  private static final int FILE_LINES_MAX = 800;

  /// Packages that only decide: no thread, no clock, no I/O, no logger.
  private static final List<String> PURE =
      List.of(
          "io.flotilla.base",
          "io.flotilla.raft.core",
          "io.flotilla.raft.handover",
          "io.flotilla.raft.shard",
          "io.flotilla.placement.map",
          "io.flotilla.placement.lease",
          "io.flotilla.storage.page",
          "io.flotilla.storage.mvcc");

  private static final List<String> IMPURE_IMPORTS =
      List.of(
          "io.vertx.",
          "java.util.concurrent.",
          "java.nio.channels.",
          "java.nio.file.Files",
          "java.util.Random",
          "java.time.Clock",
          "org.slf4j.");

  /// What a package may not see, beyond what the modules' dependencies already say.
  private static final Map<String, List<String>> FORBIDDEN =
      Map.of(
          "io.flotilla.raft.core",
              List.of("io.flotilla.raft.host", "io.flotilla.raft.log", "io.flotilla.proto"),
          "io.flotilla.raft.shard", List.of("io.flotilla.raft.host.Raft"),
          "io.flotilla.storage", List.of("com.google.protobuf", "io.vertx", "io.flotilla.proto"),
          "io.flotilla.router", List.of("io.flotilla.storage."));

  private static final Pattern BROKEN_DOC = Pattern.compile("(?m)(^ *///.*\\n *)// ");

  private static final Set<String> FILE_CHANNEL_USERS = Set.of("io.flotilla.storage.file");

  @Test
  void purePackagesSeeNoOutsideWorld() {
    List<String> problems = new ArrayList<>();
    for (SourceFile file : mainFiles()) {
      if (PURE.contains(file.packageName())) {
        file.imports().stream()
            .filter(name -> IMPURE_IMPORTS.stream().anyMatch(name::startsWith))
            .forEach(name -> problems.add(file.path() + " imports " + name));
      }
    }
    assertThat(problems).isEmpty();
  }

  @Test
  void dependenciesPointInOneDirection() {
    List<String> problems = new ArrayList<>();
    for (SourceFile file : mainFiles()) {
      FORBIDDEN.forEach(
          (from, targets) -> {
            if (file.packageName().startsWith(from)) {
              file.imports().stream()
                  .filter(name -> targets.stream().anyMatch(name::startsWith))
                  .forEach(name -> problems.add(file.path() + " imports " + name));
            }
          });
    }
    assertThat(problems).isEmpty();
  }

  @Test
  void onlyTheFilePackageOpensFileChannels() {
    assertThat(mainFiles())
        .filteredOn(file -> file.imports().contains("java.nio.channels.FileChannel"))
        .allSatisfy(file -> assertThat(FILE_CHANNEL_USERS).contains(file.packageName()));
  }

  @Test
  void everyPackageSaysWhatItIsFor() {
    Map<Path, Boolean> described = new TreeMap<>();
    for (SourceFile file : mainFiles()) {
      boolean info = file.path().endsWith("package-info.java");
      described.merge(file.path().getParent(), info, Boolean::logicalOr);
    }
    assertThat(described).allSatisfy((folder, info) -> assertThat(info).as("%s", folder).isTrue());
  }

  @Test
  void linesAndFilesStayShort() {
    List<String> problems = new ArrayList<>();
    for (SourceFile file : SourceTree.files()) {
      List<String> lines = file.lines();
      if (lines.size() > FILE_LINES_MAX) {
        problems.add(file.path() + " has " + lines.size() + " lines");
      }
      for (int i = 0; i < lines.size(); i++) {
        String line = lines.get(i);
        if (line.length() > LINE_MAX && !line.startsWith("import ")) {
          problems.add(file.path() + ":" + (i + 1) + " has " + line.length() + " columns");
        }
      }
    }
    assertThat(problems).isEmpty();
  }

  @Test
  void everyFileIsFormatted() throws IOException, FormatterException {
    boolean write = Boolean.getBoolean("tidy.write");
    var formatter = new Formatter(JavaFormatterOptions.builder().formatJavadoc(false).build());
    List<String> problems = new ArrayList<>();
    for (SourceFile file : SourceTree.files()) {
      String ordered = ImportOrderer.reorderImports(file.text(), JavaFormatterOptions.Style.GOOGLE);
      String formatted =
          rejoinDocs(formatter.formatSource(RemoveUnusedImports.removeUnusedImports(ordered)));
      if (formatted.equals(file.text())) {
        continue;
      }
      if (write) {
        Files.writeString(SourceTree.root().resolve(file.path()), formatted);
      } else {
        problems.add(file.path().toString());
      }
    }
    assertThat(problems).as("run `./tidy` to format these").isEmpty();
  }

  /// The formatter breaks a documentation line that is too long into one that goes on as a plain
  /// comment; the rest belongs to the documentation.
  private static String rejoinDocs(String text) {
    String before = text;
    String after = BROKEN_DOC.matcher(before).replaceAll("$1/// ");
    while (!after.equals(before)) {
      before = after;
      after = BROKEN_DOC.matcher(before).replaceAll("$1/// ");
    }
    return after;
  }

  private static List<SourceFile> mainFiles() {
    return SourceTree.files().stream().filter(SourceFile::isMain).toList();
  }
}
