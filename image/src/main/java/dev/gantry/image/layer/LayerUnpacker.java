package dev.gantry.image.layer;

import dev.gantry.image.LayerException;
import dev.gantry.image.tar.EntryType;
import dev.gantry.image.tar.TarEntry;
import dev.gantry.image.tar.TarException;
import dev.gantry.image.tar.TarReader;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Unpacks the archive of one layer into a directory that overlayfs can use as a lower one: {@code
 * .wh.x} becomes a character device 0:0, {@code .wh..wh..opq} an opaque directory. As GNU tar and
 * containerd do, a later entry replaces an earlier one of another kind. For one layer.
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/layer.md">image-spec,
 *     layer.md</a>
 */
public final class LayerUnpacker {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final String META = ".wh..wh.";

  private final LayerTree tree;
  private final DataLog log;
  private final UnpackLimits limits;
  private final EntryWriter writer;
  private final SmallFiles small;
  private final UnpackAccount account;
  private final NavigableMap<String, Times> times = new TreeMap<>();
  private final NavigableMap<String, String> links = new TreeMap<>();
  private final Growth growth;

  private record Times(Instant accessed, Instant modified) {}

  private LayerUnpacker(
      LayerTree tree,
      DataLog log,
      UnpackLimits limits,
      EntryWriter writer,
      SmallFiles small,
      UnpackAccount account,
      Growth growth) {
    this.tree = tree;
    this.log = log;
    this.limits = limits;
    this.writer = writer;
    this.small = small;
    this.account = account;
    this.growth = growth;
  }

  /**
   * Unpacks {@code tar} into the empty directory {@code root}.
   *
   * @param compressed how many compressed bytes have come so far, for the limit on their ratio
   * @throws LayerException naming the entry that is hostile, broken or too much
   */
  public static UnpackReport unpack(
      TarReader tar, Path root, UnpackLimits limits, LongSupplier compressed) throws IOException {
    return unpack(tar, root, limits, compressed, DataLog.NONE, new Growth());
  }

  /**
   * @param log told where the data goes
   * @param growth told what is on the disk, for who looks on
   */
  static UnpackReport unpack(
      TarReader tar,
      Path root,
      UnpackLimits limits,
      LongSupplier compressed,
      DataLog log,
      Growth growth)
      throws IOException {
    try (var tree = new LayerTree(root, log);
        var writer = new EntryWriter(log.wantsData());
        var small = new SmallFiles(writer)) {
      var account = new UnpackAccount(root, limits, compressed, growth);
      var unpacker = new LayerUnpacker(tree, log, limits, writer, small, account, growth);
      try {
        unpacker.all(tar);
      } catch (TarException | EOFException e) {
        throw new LayerException("", e.getMessage() == null ? "ends early" : e.getMessage(), e);
      }
      return new UnpackReport(
          new ArrayList<>(tree.implied()),
          unpacker.links,
          unpacker.times.containsKey(""),
          growth.bytes(),
          growth.inodes());
    }
  }

  private void all(TarReader tar) throws IOException {
    TarEntry entry;
    while ((entry = tar.next()) != null) {
      account.add(entry, tar.position());
      try {
        one(entry, tar);
      } catch (LinuxException e) {
        throw EntryWriter.isOfDisk(e)
            ? account.full(e, tar.position())
            : EntryWriter.refused(entry, e);
      }
    }
    try {
      small.await();
    } catch (LinuxException e) {
      throw account.full(e, tar.position());
    }
    for (var t : times.descendingMap().entrySet()) {
      At.utimens(
          tree.directory(t.getKey()).fd(), "", t.getValue().accessed(), t.getValue().modified());
    }
  }

  private void one(TarEntry entry, TarReader data) throws IOException {
    String path = EntryPath.clean(entry.name(), limits);
    if (path.isEmpty()) {
      root(entry);
      return;
    }
    String name = EntryPath.name(path);
    LayerTree.Place parent = tree.directory(EntryPath.parent(path));
    if (name.startsWith(WHITEOUT)) {
      whiteout(parent, name, entry);
      return;
    }
    String real = EntryPath.child(parent.path(), name);
    links.remove(real);
    switch (entry.type()) {
      case DIRECTORY -> directory(parent, name, real, entry);
      case HARD_LINK -> hardLink(parent, name, real, entry);
      case FILE -> {
        Fd file = create(parent, name, entry);
        fill(file, real, entry, data);
      }
      case SYMLINK -> {
        if (entry.linkName().isEmpty()
            || entry.linkName().indexOf('\0') >= 0
            || entry.linkName().length() > UnpackLimits.PATH_BYTES) {
          throw new LayerException(entry.name(), "symbolic link with a bad target", null);
        }
        clear(parent, name);
        writer.symlink(parent.fd(), name, entry);
      }
      case CHARACTER_DEVICE, BLOCK_DEVICE, FIFO -> {
        clear(parent, name);
        writer.node(parent.fd(), name, entry);
      }
    }
    if (entry.type() != EntryType.HARD_LINK) {
      growth.inode();
    }
  }

  private void fill(Fd file, String path, TarEntry entry, TarReader data) throws IOException {
    if (writer.isSmall(entry)) {
      log.fileBegins(path, entry);
      small.add(file, entry, data);
    } else {
      try (file) {
        log.fileBegins(path, entry);
        writer.fill(file, entry, data);
      }
    }
    log.fileEnds();
  }

  private void root(TarEntry entry) throws IOException {
    if (entry.type() != EntryType.DIRECTORY) {
      throw new LayerException(entry.name(), "the root can only be a directory", null);
    }
    writer.directory(tree.root(), "", entry, true);
    times.put("", new Times(EntryWriter.accessed(entry), entry.mtime()));
  }

  private void directory(LayerTree.Place parent, String name, String real, TarEntry entry)
      throws IOException {
    Optional<FileStat> existing = LayerTree.stat(parent.fd(), name);
    boolean exists = existing.isPresent() && existing.get().isDirectory();
    boolean replaces = existing.isPresent() && !exists;
    if (replaces) {
      remove(parent, name);
    }
    writer.directory(parent.fd(), name, entry, exists);
    if (replaces) {
      // What a whiteout or file hid must not show through the directory that follows it.
      LayerTree.setOpaque(parent.fd(), name);
    }
    tree.implied().remove(real);
    times.put(real, new Times(EntryWriter.accessed(entry), entry.mtime()));
    if (!exists) {
      growth.data(1);
    }
  }

  private void hardLink(LayerTree.Place parent, String name, String real, TarEntry entry)
      throws IOException {
    String target = EntryPath.clean(entry.linkName(), limits);
    if (target.isEmpty()) {
      throw new LayerException(entry.name(), "hard link to the root", null);
    }
    Optional<LayerTree.Place> holder = tree.find(EntryPath.parent(target));
    if (holder.isPresent()) {
      try (var directory = holder.get().fd()) {
        String targetName = EntryPath.name(target);
        String realTarget = EntryPath.child(holder.get().path(), targetName);
        Optional<FileStat> found = LayerTree.stat(directory, targetName);
        if (realTarget.equals(real)) {
          throw new LayerException(entry.name(), "hard link to itself", null);
        }
        if (found.isPresent() && found.get().isDirectory()) {
          throw new LayerException(entry.name(), "hard link to a directory", null);
        }
        if (found.isPresent() && !LayerTree.isWhiteout(found.get())) {
          clear(parent, name);
          At.link(directory, targetName, parent.fd(), name);
          log.linked(real);
          return;
        }
      }
    }
    // Not in this layer: a lower one may have it, which only settling knows.
    clear(parent, name);
    links.put(real, target);
  }

  private void whiteout(LayerTree.Place parent, String name, TarEntry entry) throws IOException {
    if (name.equals(OPAQUE)) {
      LayerTree.setOpaque(parent.fd(), "");
      return;
    }
    if (name.startsWith(META)) {
      return; // housekeeping of aufs, which no runtime keeps
    }
    String hidden = name.substring(WHITEOUT.length());
    if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
      throw new LayerException(entry.name(), "whiteout of nothing", null);
    }
    Optional<FileStat> existing = LayerTree.stat(parent.fd(), hidden);
    if (existing.isEmpty()) {
      At.mknod(parent.fd(), hidden, FileStat.CHAR_DEVICE, 0);
      growth.inode();
    } else if (existing.get().isDirectory()) {
      // It hides what is below, never what this layer itself has there.
      LayerTree.setOpaque(parent.fd(), hidden);
    }
  }

  /** Most names are new, so whether one is taken is found out by making it. */
  private Fd create(LayerTree.Place parent, String name, TarEntry entry) throws IOException {
    try {
      return writer.create(parent.fd(), name, entry);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
    }
    clear(parent, name);
    return writer.create(parent.fd(), name, entry);
  }

  private void clear(LayerTree.Place parent, String name) throws IOException {
    if (LayerTree.stat(parent.fd(), name).isPresent()) {
      remove(parent, name);
    }
  }

  private void remove(LayerTree.Place parent, String name) throws IOException {
    small.await(); // what is taken away is kept, with its data
    FileStat existing = At.stat(parent.fd(), name, false);
    tree.remove(parent, name, existing);
    if (existing.isDirectory()) {
      String path = EntryPath.child(parent.path(), name);
      LayerTree.forget(times.navigableKeySet(), path);
      LayerTree.forget(links.navigableKeySet(), path);
    }
  }
}
