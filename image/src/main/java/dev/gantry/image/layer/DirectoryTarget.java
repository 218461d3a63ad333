package dev.gantry.image.layer;

import dev.gantry.image.tar.TarEntry;
import dev.gantry.image.tar.TarReader;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;

/** A directory that overlayfs can use as a lower one. */
final class DirectoryTarget implements LayerTarget<LayerTree.Place> {
  private final LayerTree tree;
  private final DataLog log;
  private final EntryWriter writer;
  private final SmallFiles small;
  private final LayerTree.Place root;

  /** Of directories, set when everything is in them. */
  private final NavigableMap<String, Times> times = new TreeMap<>();

  private record Times(Instant accessed, Instant modified) {}

  /**
   * @param directory empty
   * @param log told where the data goes
   */
  DirectoryTarget(Path directory, DataLog log) throws IOException {
    this.tree = new LayerTree(directory, log);
    this.log = log;
    this.writer = new EntryWriter(log.wantsData());
    this.small = new SmallFiles(writer);
    this.root = new LayerTree.Place(tree.root(), "");
  }

  @Override
  public LayerTree.Place root() {
    return root;
  }

  @Override
  public LayerTree.Place directory(String path) throws IOException {
    return tree.directory(path);
  }

  @Override
  public Optional<LayerTree.Place> find(String path) throws IOException {
    return tree.existing(path);
  }

  @Override
  public Kind look(LayerTree.Place parent, String name) throws IOException {
    Optional<FileStat> found = LayerTree.stat(parent.fd(), name);
    if (found.isEmpty()) {
      return Kind.NOTHING;
    }
    return found.get().isDirectory()
        ? Kind.DIRECTORY
        : LayerTree.isWhiteout(found.get()) ? Kind.WHITEOUT : Kind.OTHER;
  }

  /** Most names are new, so whether one is taken is found out by making it. */
  @Override
  public boolean file(LayerTree.Place parent, String name, TarEntry entry, TarReader data)
      throws IOException {
    Fd file;
    try {
      file = writer.create(parent.fd(), name, entry);
    } catch (LinuxException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      return false;
    }
    String path = EntryPath.child(parent.path(), name);
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
    return true;
  }

  @Override
  public void directory(LayerTree.Place parent, String name, TarEntry entry, boolean exists)
      throws IOException {
    writer.directory(parent.fd(), name, entry, exists);
    String path = name.isEmpty() ? parent.path() : EntryPath.child(parent.path(), name);
    tree.implied().remove(path);
    times.put(path, new Times(EntryWriter.accessed(entry), entry.mtime()));
  }

  @Override
  public void symlink(LayerTree.Place parent, String name, TarEntry entry) throws IOException {
    writer.symlink(parent.fd(), name, entry);
  }

  @Override
  public void node(LayerTree.Place parent, String name, TarEntry entry) throws IOException {
    writer.node(parent.fd(), name, entry);
  }

  @Override
  public void link(LayerTree.Place holder, String existing, LayerTree.Place parent, String name)
      throws IOException {
    At.link(holder.fd(), existing, parent.fd(), name);
    log.linked(EntryPath.child(parent.path(), name));
  }

  @Override
  public void whiteout(LayerTree.Place parent, String name) throws IOException {
    At.mknod(parent.fd(), name, FileStat.CHAR_DEVICE, 0);
  }

  @Override
  public void opaque(LayerTree.Place parent, String name) throws IOException {
    LayerTree.setOpaque(parent.fd(), name);
  }

  @Override
  public void remove(LayerTree.Place parent, String name) throws IOException {
    small.await(); // what is taken away is kept, with its data
    FileStat existing = At.stat(parent.fd(), name, false);
    tree.remove(parent, name, existing);
    if (existing.isDirectory()) {
      LayerTree.forget(times.navigableKeySet(), EntryPath.child(parent.path(), name));
    }
  }

  @Override
  public NavigableSet<String> implied() {
    return tree.implied();
  }

  @Override
  public void finish() throws IOException {
    small.await();
    for (var t : times.descendingMap().entrySet()) {
      At.utimens(
          tree.directory(t.getKey()).fd(), "", t.getValue().accessed(), t.getValue().modified());
    }
  }

  @Override
  public void close() {
    small.close();
    writer.close();
    tree.close();
  }
}
