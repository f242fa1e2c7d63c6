package io.flotilla.containers;

import com.github.dockerjava.api.exception.NotFoundException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.images.builder.ImageFromDockerfile;

/// The image under test: `-Dcontainers.image=NAME`, or one that is built from the Dockerfile and
/// the packaged program on the base image `-Dcontainers.base=NAME`.
final class NodeImage {
  private static final String IMAGE = System.getProperty("containers.image", "");
  private static final String BASE = System.getProperty("containers.base", "flotilla-base");
  private static final Path CONTEXT = Path.of(System.getProperty("containers.context", "deploy"));
  private static final Path PROGRAM = CONTEXT.resolve("target/flotilla");

  private NodeImage() {}

  /// Why there is no image and none can be built; empty when there is or can.
  static Optional<String> missing() {
    if (!IMAGE.isEmpty()) {
      return exists(IMAGE)
          ? Optional.empty()
          : Optional.of("there is no image " + IMAGE + " (-Dcontainers.image)");
    }
    if (!Files.isDirectory(PROGRAM.resolve("lib"))) {
      return Optional.of("there is no program in " + PROGRAM + ": mvn package");
    }
    return exists(BASE)
        ? Optional.empty()
        : Optional.of(
            "there is no base image "
                + BASE
                + ": make it with deploy/base-image.sh or name one with -Dcontainers.base");
  }

  /// Its name; builds it when it has to.
  static String get() {
    if (!IMAGE.isEmpty()) {
      return IMAGE;
    }
    // Without the fast-start cache, which takes longer to make than these tests start nodes.
    return new ImageFromDockerfile("flotilla-containertest", true)
        .withFileFromPath("Dockerfile", CONTEXT.resolve("Dockerfile"))
        .withFileFromPath("src/container", CONTEXT.resolve("src/container"))
        .withFileFromPath("target/flotilla/bin", PROGRAM.resolve("bin"))
        .withFileFromPath("target/flotilla/lib", PROGRAM.resolve("lib"))
        .withBuildArg("BASE_IMAGE", BASE)
        .withBuildArg("PREPARE", "false")
        .get();
  }

  private static boolean exists(String name) {
    try {
      DockerClientFactory.instance().client().inspectImageCmd(name).exec();
      return true;
    } catch (NotFoundException _) {
      return false;
    }
  }
}
