package io.flotilla.node.cli;

import io.flotilla.node.storage.Progress;
import io.flotilla.node.storage.StorageCheck;
import io.flotilla.storage.file.NioDisk;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `flotilla storage check`.
@Command(
    name = "check",
    description = {
      "Verifies every file of a data directory and changes none.",
      "Exit status: 0 sound, 1 damaged, 2 not checked (in use, unreadable, wrong arguments)."
    })
final class StorageCheckCommand extends StorageTool {
  @Parameters(paramLabel = "DIR", description = "A node's data directory.")
  private Path directory;

  @Override
  int run(PrintWriter out, Progress progress) throws IOException {
    boolean sound =
        StorageCheck.run(new NioDisk(), directory, line -> println(out, line), progress);
    return sound ? SOUND : DAMAGED;
  }
}
