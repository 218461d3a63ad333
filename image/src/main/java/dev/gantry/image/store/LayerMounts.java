package dev.gantry.image.store;

import dev.gantry.image.LayerException;
import dev.gantry.image.layer.LayerArchive;
import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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

  /** Changes where a layer lies. */
  interface Rename {
    /** Does it, and says where the layer is then. */
    Path run() throws IOException;
  }

  /**
   * The root of the layer in {@code directory}, for this process, as long as the layer stays.
   *
   * @throws LayerException when the kernel refuses it
   */
  Path root(Path directory) throws IOException {
    try {
      // In one step with what takes the layer away, so that nobody gets another one's files.
      Fd mount = mounts.computeIfAbsent(directory, LayerMounts::mount);
      return Path.of(mount.procPath());
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static Fd mount(Path directory) {
    try {
      return BlockingCalls.run(
          "mount layer " + directory, MOUNT, () -> LayerArchive.mount(directory));
    } catch (LinuxException e) {
      throw new UncheckedIOException(
          new LayerException(
              "",
              e.getMessage()
                  + "; gantry check-images --repair unpacks what this kernel cannot mount",
              e));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Puts the layer elsewhere; who has its root may still use it. */
  Path move(Path from, Rename rename) throws IOException {
    var held = new ArrayList<Fd>(1);
    Path to = taken(from, held, rename);
    held.forEach(mount -> mounts.put(to, mount));
    return to;
  }

  /** Takes the layer away: nobody asks for it any more. */
  void remove(Path directory, Rename rename) throws IOException {
    var held = new ArrayList<Fd>(1);
    taken(directory, held, rename);
    held.forEach(Fd::close);
  }

  private Path taken(Path directory, List<Fd> held, Rename rename) throws IOException {
    var result = new ArrayList<Path>(1);
    try {
      mounts.compute(
          directory,
          (key, mount) -> {
            try {
              result.add(rename.run());
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
            if (mount != null) {
              held.add(mount);
            }
            return null;
          });
      return result.getFirst();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @Override
  public void close() {
    mounts.values().forEach(Fd::close);
    mounts.clear();
  }
}
