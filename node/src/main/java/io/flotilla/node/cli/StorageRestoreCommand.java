package io.flotilla.node.cli;

import io.flotilla.base.port.Clock;
import io.flotilla.node.cluster.BootstrapException;
import io.flotilla.node.cluster.InitialCluster;
import io.flotilla.node.cluster.Names;
import io.flotilla.node.config.ConfigException;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.node.config.NodeConfigReader;
import io.flotilla.node.config.SettingTexts;
import io.flotilla.node.storage.Identity;
import io.flotilla.node.storage.Progress;
import io.flotilla.node.storage.SnapshotRestore;
import io.flotilla.placement.service.Refounding;
import io.flotilla.storage.file.NioDisk;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/// `flotilla storage restore`. Options are those of `etcdutl snapshot restore`.
@Command(
    name = "restore",
    description =
        "Makes the data directory of a member of a new cluster from a file that etcdctl snapshot"
            + " save fetched from a node of this kind.")
final class StorageRestoreCommand extends StorageTool {
  @Parameters(paramLabel = "SNAPSHOT", description = "The file.")
  private Path snapshot;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "Must be empty or not exist; NAME.etcd when not given.")
  private @Nullable String dataDir;

  @Option(names = "--name", paramLabel = "NAME", description = "The member; default is default.")
  private @Nullable String name;

  @Option(
      names = "--initial-cluster",
      paramLabel = "NAME=URL,...",
      description = "All members and their peer URLs; the member alone when not given.")
  private @Nullable String initialCluster;

  @Option(
      names = "--initial-cluster-token",
      paramLabel = "TOKEN",
      description = "Feeds the ids of the new cluster; etcd-cluster when not given.")
  private @Nullable String token;

  @Option(
      names = "--initial-advertise-peer-urls",
      paramLabel = "URLS",
      description = "Peer URLs of the member; they feed its id.")
  private @Nullable String peerUrls;

  @Option(
      names = "--bump-revision",
      paramLabel = "N",
      defaultValue = "0",
      description = "How far the revision goes up, so that no client has seen a later one.")
  private long bump;

  @Option(
      names = "--mark-compacted",
      description = "Count history up to the bumped revision as compacted; needs --bump-revision.")
  private boolean markCompacted;

  @Override
  int run(PrintWriter out, Progress progress) throws IOException {
    if (bump < 0) {
      throw new ParameterException(
          spec().commandLine(), "--bump-revision=" + bump + " must not be negative");
    }
    if (markCompacted && bump == 0) {
      throw new ParameterException(spec().commandLine(), "--mark-compacted needs --bump-revision");
    }
    NodeConfig config = config();
    SnapshotRestore.Restored restored =
        new SnapshotRestore(new NioDisk(), Clock.system(), progress)
            .run(snapshot, config, founded(config), new Refounding.Revisions(bump, markCompacted));
    println(
        out,
        "restored "
            + config.dataDir()
            + ": "
            + restored.identity()
            + ", revision "
            + restored.revision()
            + ", log after "
            + restored.applied());
    return SOUND;
  }

  private Identity founded(NodeConfig config) {
    try {
      return InitialCluster.of(config).founded(Names.system(Duration.ZERO));
    } catch (BootstrapException e) {
      throw new ParameterException(spec().commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private NodeConfig config() {
    Map<String, String> given = new LinkedHashMap<>();
    put(given, "data-dir", dataDir);
    put(given, "name", name);
    put(given, "initial-cluster", initialCluster);
    put(given, "initial-cluster-token", token);
    put(given, "initial-advertise-peer-urls", peerUrls);
    try {
      return NodeConfigReader.read(SettingTexts.merge(given, Map.of()));
    } catch (ConfigException e) {
      throw new ParameterException(spec().commandLine(), String.join("; ", e.problems()), e);
    }
  }

  private static void put(Map<String, String> to, String setting, @Nullable String text) {
    if (text != null) {
      to.put(setting, text);
    }
  }
}
