package io.flotilla.node.cli;

import io.flotilla.node.storage.Progress;
import io.flotilla.node.storage.StorageDump;
import io.flotilla.storage.file.NioDisk;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `flotilla storage dump`.
@Command(
    name = "dump",
    description = {
      "Prints what files hold: records of logs, pages of tree files. Keys are shown, values are not.",
      "Of files that a node writes meanwhile, the newest part may look damaged."
    })
final class StorageDumpCommand extends StorageTool {
  @Parameters(
      paramLabel = "DIR|FILE",
      description = "A data directory, a group's wal directory, a .wal file or a tree file (db).")
  private Path path;

  @Option(
      names = "--page",
      paramLabel = "N",
      split = ",",
      description = "Print these pages of a tree file instead of a summary; 0 and 1 are its heads.")
  private List<Integer> pages = new ArrayList<>();

  @Override
  int run(PrintWriter out, Progress progress) throws IOException {
    new StorageDump(new NioDisk(), out::println).print(path, pages);
    return SOUND;
  }
}
