package dev.gantry.image.store;

import dev.gantry.image.StoreException;
import dev.gantry.image.layer.LayerArchive;
import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Layers that are archives, mounted: each once, when it is first needed, so that all containers
 * share what the kernel keeps of it. Nobody sees these mounts in the mount table. A container's
 * overlay holds what it stands on by itself, so it does not need them, nor this process.
 */
final class LayerMounts implements AutoCloseable {
  private static final Duration MOUNT = Duration.ofMinutes(2);

  private final Map<Path, Fd> mounts = new ConcurrentHashMap<>();

  /**
   * The root of the layer in {@code directory}, for this process, as long as the layer stays.
   *
   * @throws StoreException when the kernel refuses it
   */
  Path root(Path directory) throws IOException {
    Fd known = mounts.get(directory);
    if (known == null) {
      Fd made = mount(directory);
      known = mounts.putIfAbsent(directory, made);
      if (known == null) {
        known = made;
      } else {
        made.close();
      }
    }
    return Path.of(known.procPath());
  }

  private static Fd mount(Path directory) throws IOException {
    try {
      return BlockingCalls.run(
          "mount layer " + directory, MOUNT, () -> LayerArchive.mount(directory));
    } catch (LinuxException e) {
      throw new StoreException(
          directory,
          "mount (gantry check-images --repair unpacks what this kernel cannot mount) layer",
          e);
    }
  }

  /** The layer lies elsewhere now; who has its root may still use it. */
  void moved(Path from, Path to) {
    Fd known = mounts.remove(from);
    if (known != null) {
      mounts.put(to, known);
    }
  }

  /** Nobody asks for this layer any more. */
  void forget(Path directory) {
    Fd known = mounts.remove(directory);
    if (known != null) {
      known.close();
    }
  }

  @Override
  public void close() {
    mounts.keySet().forEach(this::forget);
  }
}
