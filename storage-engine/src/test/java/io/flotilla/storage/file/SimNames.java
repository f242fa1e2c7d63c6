package io.flotilla.storage.file;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The names of a [SimDisk]: as they are now, as they are on the medium, and the changes between.
final class SimNames {
  /// What a name stands for.
  sealed interface Node {
    record Directory() implements Node {}

    record File(SimContent content) implements Node {}
  }

  /// One change of names, which happens as a whole. It belongs to every directory it touches.
  private record Change(Set<Path> directories, Map<Path, Node> set, Set<Path> removed) {
    void applyTo(Map<Path, Node> names) {
      removed.forEach(names::remove);
      names.putAll(set);
    }
  }

  private final Map<Path, Node> current = new TreeMap<>();
  private final Map<Path, Node> durable = new TreeMap<>();
  private final List<Change> pending = new ArrayList<>();

  /// The absolute form, or null for the root, which always exists.
  static @Nullable Path clean(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    return absolute.getParent() == null ? null : absolute;
  }

  @Nullable Node node(Path path) {
    Path clean = clean(path);
    return clean == null ? new Node.Directory() : current.get(clean);
  }

  SimContent file(Path path) throws IOException {
    return switch (node(path)) {
      case null -> throw new NoSuchFileException(path.toString());
      case Node.File(SimContent content) -> content;
      case Node.Directory _ -> throw new FileNotFoundException(path + " is a directory");
    };
  }

  List<String> list(Path directory) {
    Path parent = directory.toAbsolutePath().normalize();
    return current.keySet().stream()
        .filter(path -> parent.equals(path.getParent()))
        .map(path -> path.getFileName().toString())
        .sorted()
        .toList();
  }

  List<Path> files() {
    return current.entrySet().stream()
        .filter(entry -> entry.getValue() instanceof Node.File)
        .map(Map.Entry::getKey)
        .toList();
  }

  long totalBytes() {
    long total = 0;
    for (Node node : current.values()) {
      total += node instanceof Node.File(SimContent content) ? content.size() : 0;
    }
    return total;
  }

  void put(Path path, Node node) throws IOException {
    Path clean = requireParent(path);
    change(new Change(Set.of(parent(clean)), Map.of(clean, node), Set.of()));
  }

  void remove(Path path) throws IOException {
    Path clean = requireParent(path);
    if (!list(clean).isEmpty()) {
      throw new IOException(path + " is not empty");
    }
    change(new Change(Set.of(parent(clean)), Map.of(), Set.of(clean)));
  }

  void rename(Path from, Path to) throws IOException {
    Path source = requireParent(from);
    Path target = requireParent(to);
    if (source.equals(target)) {
      return;
    }
    if (!list(source).isEmpty()) {
      throw new IOException("renaming a directory with content is not simulated: " + from);
    }
    Set<Path> directories = new HashSet<>(List.of(parent(source), parent(target)));
    change(new Change(directories, Map.of(target, current.get(source)), Set.of(source)));
  }

  private void change(Change change) {
    change.applyTo(current);
    pending.add(change);
  }

  private Path requireParent(Path path) throws IOException {
    Path clean = clean(path);
    if (clean == null) {
      throw new IOException("the root cannot change");
    }
    if (!(node(parent(clean)) instanceof Node.Directory)) {
      throw new NoSuchFileException(parent(clean).toString());
    }
    return clean;
  }

  private static Path parent(Path clean) {
    Path parent = clean.getParent();
    return parent == null ? clean : parent;
  }

  void force(Path directory) {
    Path clean = directory.toAbsolutePath().normalize();
    for (Change change : pending) {
      if (change.directories().contains(clean)) {
        change.applyTo(durable);
      }
    }
    forget(directory);
  }

  /// What was not forced so far will not become durable by a later force either.
  void forget(Path directory) {
    Path clean = directory.toAbsolutePath().normalize();
    pending.removeIf(change -> change.directories().contains(clean));
  }

  SimNames afterPowerLoss(RandomGenerator random) {
    Map<Path, Node> kept = new TreeMap<>(durable);
    Chance chance = Chance.draw(random);
    for (Change change : pending) {
      if (chance.keeps(random)) {
        change.applyTo(kept);
      }
    }
    kept.keySet().removeIf(path -> !reachable(path, kept));
    SimNames after = new SimNames();
    Map<SimContent, SimContent> copies = new IdentityHashMap<>();
    kept.forEach(
        (path, node) -> after.durable.put(path, copy(node, copies, c -> c.afterPowerLoss(random))));
    after.current.putAll(after.durable);
    return after;
  }

  private static boolean reachable(Path path, Map<Path, Node> names) {
    for (Path at = path.getParent(); at != null && at.getParent() != null; at = at.getParent()) {
      if (!(names.get(at) instanceof Node.Directory)) {
        return false;
      }
    }
    return true;
  }

  SimNames copy() {
    SimNames copy = new SimNames();
    Map<SimContent, SimContent> copies = new IdentityHashMap<>();
    current.forEach((p, node) -> copy.current.put(p, copy(node, copies, SimContent::copy)));
    durable.forEach((p, node) -> copy.durable.put(p, copy(node, copies, SimContent::copy)));
    for (Change change : pending) {
      Map<Path, Node> set = new HashMap<>();
      change.set().forEach((p, node) -> set.put(p, copy(node, copies, SimContent::copy)));
      copy.pending.add(new Change(change.directories(), set, change.removed()));
    }
    return copy;
  }

  private static Node copy(
      Node node, Map<SimContent, SimContent> copies, UnaryOperator<SimContent> how) {
    return switch (node) {
      case Node.Directory directory -> directory;
      case Node.File(SimContent content) -> new Node.File(copies.computeIfAbsent(content, how));
    };
  }

  /// How much of the unforced things survives one crash: nothing, everything or some.
  enum Chance {
    NOTHING,
    EVERYTHING,
    SOME;

    static Chance draw(RandomGenerator random) {
      return switch (random.nextInt(5)) {
        case 0 -> NOTHING;
        case 1 -> EVERYTHING;
        default -> SOME;
      };
    }

    boolean keeps(RandomGenerator random) {
      return switch (this) {
        case NOTHING -> false;
        case EVERYTHING -> true;
        case SOME -> random.nextBoolean();
      };
    }
  }
}
