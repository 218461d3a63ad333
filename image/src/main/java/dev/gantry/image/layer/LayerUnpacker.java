package dev.gantry.image.layer;

import dev.gantry.image.LayerException;
import dev.gantry.image.layer.LayerTarget.Kind;
import dev.gantry.image.tar.EntryType;
import dev.gantry.image.tar.TarEntry;
import dev.gantry.image.tar.TarException;
import dev.gantry.image.tar.TarReader;
import dev.gantry.linux.FileName;
import dev.gantry.linux.LinuxException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Unpacks the archive of one layer into what overlayfs can use as a lower directory: {@code .wh.x}
 * becomes a character device 0:0, {@code .wh..wh..opq} an opaque directory. As GNU tar and
 * containerd do, a later entry replaces an earlier one of another kind. For one layer.
 *
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/layer.md">image-spec,
 *     layer.md</a>
 */
public final class LayerUnpacker<P extends LayerTarget.Place> {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final String META = ".wh..wh.";

  /** Characters of the names of hard links into lower layers. */
  private static final long MOST_LINKS = 4L << 20;

  private final LayerTarget<P> target;
  private final UnpackLimits limits;
  private final UnpackAccount account;
  private final NavigableMap<String, String> links = new TreeMap<>();
  private final Growth growth;
  private boolean rootTimed;
  private long linkCharacters;

  private LayerUnpacker(
      LayerTarget<P> target, UnpackLimits limits, UnpackAccount account, Growth growth) {
    this.target = target;
    this.limits = limits;
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
    try (var target = new DirectoryTarget(root, log)) {
      return unpack(tar, target, new UnpackAccount(root, limits, compressed, growth), growth);
    }
  }

  /**
   * @param growth told what the files take
   */
  static <P extends LayerTarget.Place> UnpackReport unpack(
      TarReader tar, LayerTarget<P> target, UnpackAccount account, Growth growth)
      throws IOException {
    var unpacker = new LayerUnpacker<>(target, account.limits(), account, growth);
    try {
      unpacker.all(tar);
    } catch (TarException | EOFException e) {
      throw new LayerException("", e.getMessage() == null ? "ends early" : e.getMessage(), e);
    }
    return new UnpackReport(
        new ArrayList<>(target.implied()),
        Map.of(),
        unpacker.links,
        unpacker.rootTimed,
        growth.bytes(),
        growth.inodes());
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
      target.finish();
    } catch (LinuxException e) {
      throw account.full(e, tar.position());
    }
  }

  private void one(TarEntry entry, TarReader data) throws IOException {
    String path = EntryPath.clean(entry.name(), limits);
    if (path.isEmpty()) {
      root(entry);
      return;
    }
    String name = EntryPath.name(path);
    P parent = target.directory(EntryPath.parent(path));
    if (name.startsWith(WHITEOUT)) {
      whiteout(parent, name, entry);
      return;
    }
    String real = EntryPath.child(parent.path(), name);
    links.remove(real);
    switch (entry.type()) {
      case DIRECTORY -> directory(parent, name, entry);
      case HARD_LINK -> hardLink(parent, name, real, entry);
      case FILE -> {
        if (!target.file(parent, name, entry, data)) {
          remove(parent, name);
          target.file(parent, name, entry, data);
        }
      }
      case SYMLINK -> {
        if (entry.linkName().isEmpty()
            || entry.linkName().indexOf('\0') >= 0
            || FileName.toBytes(entry.linkName()).length > UnpackLimits.PATH_BYTES) {
          throw new LayerException(entry.name(), "symbolic link with a bad target", null);
        }
        remove(parent, name);
        target.symlink(parent, name, entry);
      }
      case CHARACTER_DEVICE, BLOCK_DEVICE, FIFO -> {
        remove(parent, name);
        target.node(parent, name, entry);
      }
    }
    if (entry.type() != EntryType.HARD_LINK) {
      growth.inode();
    }
  }

  private void root(TarEntry entry) throws IOException {
    if (entry.type() != EntryType.DIRECTORY) {
      throw new LayerException(entry.name(), "the root can only be a directory", null);
    }
    target.directory(target.root(), "", entry, true);
    rootTimed = true;
  }

  private void directory(P parent, String name, TarEntry entry) throws IOException {
    Kind existing = target.look(parent, name);
    boolean exists = existing == Kind.DIRECTORY;
    boolean replaces = existing != Kind.NOTHING && !exists;
    if (replaces) {
      remove(parent, name);
    }
    target.directory(parent, name, entry, exists);
    if (replaces) {
      // What a whiteout or file hid must not show through the directory that follows it.
      target.opaque(parent, name);
    }
    if (!exists) {
      growth.data(1);
    }
  }

  private void hardLink(P parent, String name, String real, TarEntry entry) throws IOException {
    String linked = EntryPath.clean(entry.linkName(), limits);
    if (linked.isEmpty()) {
      throw new LayerException(entry.name(), "hard link to the root", null);
    }
    String holder = EntryPath.parent(linked);
    String linkedName = EntryPath.name(linked);
    boolean here = holds(target.find(holder), linkedName, real, entry);
    remove(parent, name);
    // Looked for again: it may have been in what was just taken away.
    Optional<P> directory = here ? target.find(holder) : Optional.empty();
    if (directory.isPresent()) {
      target.link(directory.get(), linkedName, parent, name);
    } else {
      // Not in this layer: a lower one may have it, which only settling knows.
      linked(real, linked, entry);
    }
  }

  private void linked(String name, String to, TarEntry entry) throws LayerException {
    linkCharacters += name.length() + to.length();
    if (linkCharacters > MOST_LINKS) {
      throw new LayerException(entry.name(), "too many hard links to files it has not", null);
    }
    links.put(name, to);
  }

  /** Whether the layer has what a hard link shall be another name of. */
  private boolean holds(Optional<P> holder, String linkedName, String real, TarEntry entry)
      throws IOException {
    if (holder.isEmpty()) {
      return false;
    }
    if (EntryPath.child(holder.get().path(), linkedName).equals(real)) {
      throw new LayerException(entry.name(), "hard link to itself", null);
    }
    return switch (target.look(holder.get(), linkedName)) {
      case DIRECTORY -> throw new LayerException(entry.name(), "hard link to a directory", null);
      case OTHER -> true;
      case NOTHING, WHITEOUT -> false;
    };
  }

  private void whiteout(P parent, String name, TarEntry entry) throws IOException {
    if (name.equals(OPAQUE)) {
      target.opaque(parent, "");
      return;
    }
    if (name.startsWith(META)) {
      return; // housekeeping of aufs, which no runtime keeps
    }
    String hidden = name.substring(WHITEOUT.length());
    if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
      throw new LayerException(entry.name(), "whiteout of nothing", null);
    }
    switch (target.look(parent, hidden)) {
      case NOTHING -> {
        target.whiteout(parent, hidden);
        growth.inode();
      }
      // It hides what is below, never what this layer itself has there.
      case DIRECTORY -> target.opaque(parent, hidden);
      case WHITEOUT, OTHER -> {}
    }
  }

  /** Takes away what has the name, if anything has. */
  private void remove(P parent, String name) throws IOException {
    Kind existing = target.look(parent, name);
    if (existing == Kind.NOTHING) {
      return;
    }
    target.remove(parent, name);
    if (existing == Kind.DIRECTORY) {
      LayerTree.forget(links.navigableKeySet(), EntryPath.child(parent.path(), name));
    }
  }
}
