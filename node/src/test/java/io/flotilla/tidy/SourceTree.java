package io.flotilla.tidy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The hand-written Java files of the whole project.
final class SourceTree {
  /// @param path relative to the project's folder
  record SourceFile(Path path, String text) {
    List<String> lines() {
      return text.lines().toList();
    }

    /// The imported names, `static` and wildcards included.
    List<String> imports() {
      return text.lines()
          .filter(line -> line.startsWith("import "))
          .map(line -> line.replaceFirst("^import (static )?", "").replace(";", "").strip())
          .toList();
    }

    String packageName() {
      return text.lines()
          .filter(line -> line.startsWith("package "))
          .findFirst()
          .map(line -> line.substring("package ".length(), line.length() - 1))
          .orElse("");
    }

    boolean isMain() {
      return path.toString().contains("src/main/");
    }
  }

  private SourceTree() {}

  static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("flotilla"))) {
      folder = folder.getParent();
    }
    return folder;
  }

  static List<SourceFile> files() {
    Path root = root();
    try (Stream<Path> modules = Files.list(root)) {
      return modules
          .map(module -> module.resolve("src"))
          .filter(Files::isDirectory)
          .flatMap(SourceTree::walk)
          .filter(path -> path.toString().endsWith(".java"))
          .sorted()
          .map(path -> new SourceFile(root.relativize(path), read(path)))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<Path> walk(Path folder) {
    try {
      return Files.walk(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path path) {
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
