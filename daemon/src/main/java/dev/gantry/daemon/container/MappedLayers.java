package dev.gantry.daemon.container;

import dev.gantry.linux.mount.IdMappedMount;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.linux.mount.Propagation;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Layers of an image as a pod with a user namespace sees them: id-mapped mounts of the very same
 * directories, nothing is copied. An overlay keeps mounts of its own of its layers, so these are
 * needed only until it is mounted; overlayfs takes id-mapped layers since Linux 5.19.
 */
final class MappedLayers {
  private MappedLayers() {}

  /** What to do with the layers. */
  interface Use {
    void with(List<Path> layers) throws IOException;
  }

  /**
   * Gives the layers to {@code use}, mapped if there is a user namespace.
   *
   * @param dir for mounts, a path that does not exist
   */
  static void use(List<Path> layers, Path dir, @Nullable UserMapping user, Use use)
      throws IOException {
    if (user == null) {
      use.with(layers);
      return;
    }
    Files.createDirectory(dir);
    try {
      var mapped = new ArrayList<Path>();
      for (Path layer : layers) {
        Path target = Files.createDirectory(dir.resolve(Integer.toString(mapped.size())));
        IdMappedMount.bind(layer, target, user.pin(), false, Propagation.PRIVATE);
        mapped.add(target);
      }
      use.with(mapped);
    } finally {
      undo(dir);
    }
  }

  /** Unmounts what a daemon that was killed has left; idempotent. */
  static void undo(Path dir) throws IOException {
    if (Files.isDirectory(dir, LinkOption.NOFOLLOW_LINKS)) {
      try (DirectoryStream<Path> mounted = Files.newDirectoryStream(dir)) {
        for (Path layer : mounted) {
          Mounts.unmount(layer);
          Files.delete(layer);
        }
      }
      Files.delete(dir);
    }
  }
}
