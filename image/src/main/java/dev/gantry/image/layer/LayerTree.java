package dev.gantry.image.layer;

import dev.gantry.image.LayerException;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.file.Resolve;
import dev.gantry.linux.file.Xattr;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The directory a layer is unpacked into. Every path is resolved by the kernel beneath the root
 * (openat2, RESOLVE_BENEATH without symbolic links); a link on the way is followed here, step by
 * step, as chroot would see it, so that none leads outside. Directories that the archive implies
 * but does not hold are made and remembered. For one thread.
 */
final class LayerTree implements AutoCloseable {
  private static final int MOST_OPEN = 64;
  static final int DIRECTORY = OpenFlags.PATH | OpenFlags.DIRECTORY;

  /** What overlayfs reads as "nothing below shows through". */
  static final String OPAQUE = "trusted.overlay.opaque";

  private static final byte[] YES = {'y'};

  private final Fd root;
  private final DataLog log;
  private final NavigableSet<String> implied = new TreeSet<>();
  private final Map<String, Place> open =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Place> eldest) {
          if (size() <= MOST_OPEN) {
            return false;
          }
          eldest.getValue().fd().close();
          return true;
        }
      };

  /**
   * An open directory of the layer.
   *
   * @param path from the root, without links
   */
  record Place(Fd fd, String path) implements LayerTarget.Place {}

  LayerTree(Path root, DataLog log) throws IOException {
    this.log = log;
    this.root = At.open(Fd.CWD, root.toString(), DIRECTORY, 0);
  }

  Fd root() {
    return root;
  }

  /** Directories that were made because something lies in them, parents before children. */
  NavigableSet<String> implied() {
    return implied;
  }

  /** The directory {@code path}; what is missing of it is made. Stays open here. */
  Place directory(String path) throws IOException {
    Place known = open.get(path);
    if (known != null) {
      return known;
    }
    Place place;
    try {
      place = new Place(openBeneath(path), path);
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT && e.errno() != Errno.ELOOP && e.errno() != Errno.ENOTDIR) {
        throw e;
      }
      String real = resolve(path, true).orElseThrow();
      place = new Place(openBeneath(real), real);
    }
    open.put(path, place);
    return place;
  }

  /** The directory {@code path} when the layer has it. The caller closes it. */
  Optional<Place> find(String path) throws IOException {
    Optional<String> real = resolve(path, false);
    return real.isEmpty()
        ? Optional.empty()
        : Optional.of(new Place(openBeneath(real.get()), real.get()));
  }

  /** {@link #find}, but it stays open here. */
  Optional<Place> existing(String path) throws IOException {
    Place known = open.get(path);
    if (known != null) {
      return Optional.of(known);
    }
    Optional<String> real = resolve(path, false);
    return real.isEmpty() ? Optional.empty() : Optional.of(directory(real.get()));
  }

  private Fd openBeneath(String path) throws LinuxException {
    return At.openIn(
        root, path.isEmpty() ? "." : path, DIRECTORY, 0, Resolve.BENEATH, Resolve.NO_SYMLINKS);
  }

  /**
   * The path without links; with {@code make}, missing directories are made on the way, and a
   * dangling link gets a target.
   */
  private Optional<String> resolve(String path, boolean make) throws IOException {
    return LinkWalk.resolve(
        path,
        "on the way",
        (directory, name, asked) -> {
          try (Fd parent = openBeneath(directory)) {
            Optional<FileStat> stat = stat(parent, name);
            if (stat.isPresent() && stat.get().isSymlink()) {
              return LinkWalk.Step.link(At.readlink(parent, name));
            }
            if (stat.isPresent() && stat.get().isDirectory()) {
              return LinkWalk.Step.ON;
            }
            if (!make) {
              return LinkWalk.Step.END;
            }
            imply(parent, name, EntryPath.child(directory, name), stat.orElse(null), asked);
            return LinkWalk.Step.ON;
          }
        });
  }

  private void imply(Fd parent, String name, String real, @Nullable FileStat existing, String asked)
      throws IOException {
    if (existing != null && !isWhiteout(existing)) {
      throw new LayerException(asked, "'" + real + "' is not a directory", null);
    }
    if (existing != null) {
      At.unlink(parent, name);
    }
    At.mkdir(parent, name, 0755);
    At.chown(parent, name, 0, 0); // whatever group a set-gid parent gives
    At.chmod(parent, name, 0755); // whatever the umask says
    if (existing != null) {
      setOpaque(parent, name);
    }
    implied.add(real);
  }

  static Optional<FileStat> stat(Fd directory, String name) throws IOException {
    return At.find(directory, name, false);
  }

  static boolean isWhiteout(FileStat stat) {
    return stat.isOverlayWhiteout();
  }

  static void setOpaque(Fd directory, String name) throws IOException {
    Xattr.set(directory, name, OPAQUE, YES);
  }

  static boolean isOpaque(Fd directory, String name) throws IOException {
    return Xattr.get(directory, name, OPAQUE).map(v -> v.length == 1 && v[0] == 'y').orElse(false);
  }

  /** Takes away what has the name, a whole directory if it is one. */
  void remove(Place parent, String name, FileStat stat) throws IOException {
    String path = EntryPath.child(parent.path(), name);
    if (stat.isDirectory() || stat.isSymlink()) {
      closeAll(parent);
    }
    log.discard(parent.fd(), name, path, stat);
    if (stat.isDirectory()) {
      forget(implied, path);
    }
  }

  /** Drops a path and all below it. */
  static void forget(NavigableSet<String> paths, String path) {
    paths.remove(path);
    // '0' is the character after '/'.
    paths.subSet(path + "/", true, path + "0", false).clear();
  }

  /** Forgets which paths lead where, but keeps the directory that is being worked in. */
  private void closeAll(Place except) {
    open.values()
        .removeIf(place -> {
          if (place.fd() == except.fd()) {
            return false;
          }
          place.fd().close();
          return true;
        });
  }

  @Override
  public void close() {
    open.values().forEach(place -> place.fd().close());
    open.clear();
    root.close();
  }
}
