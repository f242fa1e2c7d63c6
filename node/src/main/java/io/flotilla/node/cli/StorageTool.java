package io.flotilla.node.cli;

import io.flotilla.node.storage.Progress;
import io.flotilla.node.storage.UnusableDirectoryException;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// What the commands under `storage` have in common: lines on standard output, progress and
/// failures on standard error, exit statuses.
abstract class StorageTool implements Callable<Integer> {
  static final int SOUND = 0;
  static final int DAMAGED = 1;
  static final int NOT_DONE = 2;

  private static final long PROGRESS_MILLIS = 2000;

  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "This text.")
  private boolean help;

  /// Does the work and returns the exit status.
  abstract int run(PrintWriter out, Progress progress) throws IOException;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (var progress = new Progress(line -> println(err, line), PROGRESS_MILLIS)) {
      return run(out, progress);
    } catch (UnusableDirectoryException refusal) {
      println(err, "flotilla: " + refusal.getMessage());
      return NOT_DONE;
    } catch (IOException failure) {
      println(err, "flotilla: " + failure);
      return NOT_DONE;
    } finally {
      out.flush();
    }
  }

  static void println(PrintWriter to, String line) {
    to.println(line);
    to.flush();
  }

  CommandSpec spec() {
    return spec;
  }
}
