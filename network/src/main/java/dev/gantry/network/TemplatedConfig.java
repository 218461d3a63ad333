package dev.gantry.network;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The configuration that is made of a template, in the directory where others may put theirs. */
final class TemplatedConfig {
  /** After what an operator would name to come first, before nothing in particular. */
  static final String NAME = "10-gantry-pod-cidr.conflist";

  private static final Logger log = LoggerFactory.getLogger(TemplatedConfig.class);

  private final Path dir;

  TemplatedConfig(Path dir) {
    this.dir = dir;
  }

  /** Writes it, unless another file is there; one of ours is replaced. */
  void write(String text) throws IOException {
    List<Path> others =
        ConfigListing.read(List.of(dir)).networks().stream()
            .map(ConfigListing.Found::file)
            .filter(file -> !file.endsWith(NAME))
            .toList();
    if (!others.isEmpty()) {
      log.info("no configuration is made of the pod CIDRs, as {} is there", others.getFirst());
      return;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Path file = dir.resolve(NAME);
    if (Files.exists(file) && Arrays.equals(Files.readAllBytes(file), bytes)) {
      return;
    }
    Files.createDirectories(dir);
    // Not a name that is read as a configuration.
    Path fresh = dir.resolve("." + NAME + ".new");
    Files.write(fresh, bytes);
    Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-r--r--"));
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
