package io.flotilla.node.cli;

import io.flotilla.node.config.NodeConfig;
import io.flotilla.node.log.LogSetup;
import io.flotilla.node.run.WarmUp;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `flotilla prepare`: a short load on a scratch node. The start script runs it once under a Java
/// machine that records what it loads and compiles, for fast starts.
@Command(name = "prepare", description = "Runs a short load once, for faster starts.")
final class PrepareCommand implements Callable<Integer> {
  @Option(names = "--seconds", defaultValue = "8", description = "How long [${DEFAULT-VALUE}].")
  private int seconds;

  @Override
  public Integer call() throws IOException {
    LogSetup.apply(new NodeConfig.Log("error", false, List.of("stderr")));
    Path scratch = Files.createTempDirectory("flotilla-prepare");
    try {
      long requests = WarmUp.run(scratch, Duration.ofSeconds(seconds));
      System.out.println("prepared with " + requests + " requests");
      return 0;
    } finally {
      delete(scratch);
    }
  }

  private static void delete(Path directory) throws IOException {
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, IOException failure)
              throws IOException {
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
