package dev.gantry.image.store;

import dev.gantry.image.LayerId;
import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.DiskUsage;
import dev.gantry.oci.OciFormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Damaged layers that running containers still have mounted, {@code replaced/<id>.<number>}. A
 * mount goes on with the directory it was made of wherever that is moved, but not without it.
 */
final class ReplacedLayers {
  private final Path directory;

  /** What each takes. */
  private final Map<Path, DiskUsage.Usage> sizes = new ConcurrentHashMap<>();

  /** With those that an earlier daemon left, which are few and measured once. */
  ReplacedLayers(Path directory) throws IOException {
    this.directory = directory;
    Files.createDirectories(directory);
    // On the way to root file systems.
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    try (Stream<Path> all = Files.list(directory)) {
      for (Path p : all.toList()) {
        sizes.put(p, DiskUsage.of(p));
      }
    }
  }

  /** Disk space of all of them. */
  Collection<DiskUsage.Usage> usage() {
    return sizes.values();
  }

  /** One of them is one no more. */
  void forget(Path place) {
    sizes.remove(place);
  }

  /**
   * Puts {@code fresh} in the place of {@code target} in one step. At no moment lies what may be
   * mounted where a start of the store removes it.
   *
   * @param size what {@code target} takes
   * @return where the layer is now that was at {@code target}
   */
  Path swap(LayerId id, Path fresh, Path target, DiskUsage.Usage size) throws IOException {
    int number = 0;
    while (Files.exists(place(id, number))) {
      number++;
    }
    Path place = place(id, number);
    At.rename(Fd.CWD, fresh.toString(), Fd.CWD, place.toString(), At.RENAME_NOREPLACE);
    if (Files.exists(target)) {
      At.exchange(Fd.CWD, place.toString(), Fd.CWD, target.toString());
      sizes.put(place, size);
    } else {
      At.rename(Fd.CWD, place.toString(), Fd.CWD, target.toString(), At.RENAME_NOREPLACE);
    }
    return place;
  }

  private Path place(LayerId id, int number) {
    return directory.resolve(id.directoryName() + "." + number);
  }

  /** Those that are of no layer in {@code mounted}. */
  List<Path> spare(Set<LayerId> mounted) throws IOException {
    var spare = new ArrayList<Path>();
    try (Stream<Path> all = Files.list(directory)) {
      for (Path p : all.toList()) {
        if (!mounted.contains(idOf(p))) {
          spare.add(p);
        }
      }
    }
    return spare;
  }

  private static @org.jspecify.annotations.Nullable LayerId idOf(Path p) {
    String name = p.getFileName().toString();
    try {
      return LayerId.ofDirectoryName(name.substring(0, Math.max(0, name.lastIndexOf('.'))));
    } catch (OciFormatException e) {
      return null;
    }
  }
}
