package io.flotilla.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.regex.Pattern;

/// Loads jetcd and all it calls from jars of its own generation before those of the test path.
///
/// `contract.jetcd` names the directory that the build fills with Vert.x 4 and its Netty; jetcd and
/// the gRPC jars come from the test class path. What is not listed comes from the parent.
final class JetcdLoader extends URLClassLoader {
  private static final String SERVICES = "META-INF/services/";
  private static final Pattern OWN =
      Pattern.compile(
          "io\\.(vertx|netty|grpc|etcd|perfmark)\\..*|com\\.google\\.(protobuf|common)\\..*"
              + "|dev\\.failsafe\\..*|io\\.flotilla\\.contract\\.jetcd\\..*");
  private static final Pattern JARS =
      Pattern.compile(
          "(jetcd-|vertx-grpc-4|grpc-|guava-|failureaccess-|failsafe-|protobuf-java|proto-google|"
              + "perfmark-).*");

  JetcdLoader() {
    super("jetcd", urls(), JetcdLoader.class.getClassLoader());
  }

  private static URL[] urls() {
    var directory =
        Path.of(
            Servers.property("contract.jetcd")
                .orElseThrow(
                    () ->
                        new IllegalStateException(
                            "contract.jetcd names no directory with Vert.x 4")));
    var paths = new ArrayList<Path>();
    try (var files = Files.list(directory)) {
      paths.addAll(files.sorted().toList());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    for (var entry : classPath()) {
      if (Files.isDirectory(entry) || JARS.matcher(entry.getFileName().toString()).matches()) {
        paths.add(entry);
      }
    }
    return paths.stream().map(JetcdLoader::url).toArray(URL[]::new);
  }

  private static List<Path> classPath() {
    var surefire = Servers.property("surefire.test.class.path");
    var path = surefire.orElse(System.getProperty("java.class.path"));
    return Arrays.stream(path.split(":")).map(Path::of).toList();
  }

  private static URL url(Path path) {
    try {
      return path.toUri().toURL();
    } catch (MalformedURLException impossible) {
      throw new IllegalArgumentException(path.toString(), impossible);
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      if (!OWN.matcher(name).matches()) {
        return super.loadClass(name, resolve);
      }
      var loaded = findLoadedClass(name);
      return loaded != null ? loaded : findClass(name);
    }
  }

  @Override
  public URL getResource(String name) {
    var own = findResource(name);
    return own != null ? own : super.getResource(name);
  }

  @Override
  public Enumeration<URL> getResources(String name) throws IOException {
    // A service of these libraries must not list providers of the other generation.
    var service = name.startsWith(SERVICES) ? name.substring(SERVICES.length()) : "";
    return OWN.matcher(service).matches() ? findResources(name) : super.getResources(name);
  }
}
