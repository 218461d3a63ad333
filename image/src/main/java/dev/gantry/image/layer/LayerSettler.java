package dev.gantry.image.layer;

import dev.gantry.image.LayerException;
import dev.gantry.image.layer.JournalMoves.Move;
import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.file.Xattr;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Settles an unpacked layer on the layers below it, so that the overlay shows what tar would have
 * made in the merged tree: directories that the archive only implies take owner, mode, xattrs and
 * times of the directory below (or, where that is a symbolic link, their content goes where it
 * leads), and a hard link into a lower layer brings its target up.
 */
final class LayerSettler implements AutoCloseable {
  private static final String OVERLAY = "trusted.overlay.";
  private static final int BLOCK = 4096;

  private final MergedView below;
  private final LayerTree tree;
  private final Set<String> settled = new HashSet<>();
  private final List<Move> moves = new ArrayList<>();
  private long bytes;
  private long inodes;

  private LayerSettler(Path layer, List<Path> belowTopFirst) throws IOException {
    this.below = new MergedView(belowTopFirst);
    try {
      this.tree = new LayerTree(layer, DataLog.NONE);
    } catch (IOException e) {
      below.close();
      throw e;
    }
  }

  /** What settling added, and what it moved elsewhere. */
  record Added(long bytes, long inodes, List<Move> moves) {}

  /**
   * @param belowTopFirst directories of the layers below
   */
  static Added settle(Path layer, List<Path> belowTopFirst, UnpackReport report)
      throws IOException {
    try (var settler = new LayerSettler(layer, belowTopFirst)) {
      for (String path : report.implied()) {
        settler.directory(path);
      }
      for (Map.Entry<String, String> link : report.links().entrySet()) {
        settler.link(link.getKey(), link.getValue());
      }
      // Linking and moving made more of them.
      Deque<String> more = new ArrayDeque<>(settler.tree.implied());
      while (!more.isEmpty()) {
        settler.directory(more.pop());
      }
      return new Added(settler.bytes, settler.inodes, settler.moves);
    }
  }

  private void directory(String path) throws IOException {
    if (!settled.add(path)) {
      return;
    }
    Optional<LayerTree.Place> parent = tree.find(EntryPath.parent(path));
    if (parent.isEmpty()) {
      return; // went elsewhere with its parent
    }
    String name = EntryPath.name(path);
    try (Fd fd = parent.get().fd()) {
      Optional<FileStat> here = LayerTree.stat(fd, name);
      if (here.isEmpty() || !here.get().isDirectory()) {
        return;
      }
      Optional<MergedView.Found> found = below.lookup(path);
      if (found.isEmpty()) {
        return;
      }
      FileStat stat = found.get().stat();
      if (stat.isDirectory()) {
        try (Fd from = found.get().parent()) {
          copyAttributes(from, found.get().name(), stat, fd, name);
        }
      } else if (stat.isSymlink()) {
        String target = below.resolve(path);
        if (!target.equals(path)) {
          move(path, target);
        }
      }
    }
  }

  private static void copyAttributes(Fd from, String fromName, FileStat stat, Fd to, String name)
      throws IOException {
    At.chown(to, name, stat.uid(), stat.gid());
    if (!stat.isSymlink()) {
      At.chmod(to, name, stat.permissions());
    }
    for (String key : Xattr.list(from, fromName)) {
      Optional<byte[]> value =
          key.startsWith(OVERLAY) ? Optional.empty() : Xattr.get(from, fromName, key);
      if (value.isPresent()) {
        Xattr.set(to, name, key, value.get());
      }
    }
    At.utimens(to, name, stat.mtime(), stat.mtime());
  }

  /**
   * Moves what lies in {@code path} to where the link below leads, then takes the directory away.
   */
  private void move(String path, String target) throws IOException {
    Optional<LayerTree.Place> source = tree.find(path);
    if (source.isEmpty()) {
      return;
    }
    LayerTree.Place destination = tree.directory(target);
    try (Fd from = source.get().fd()) {
      for (String name : DirectoryNames.list(from)) {
        Optional<FileStat> there = LayerTree.stat(destination.fd(), name);
        boolean bothDirectories =
            there.isPresent()
                && there.get().isDirectory()
                && LayerTree.stat(from, name).map(FileStat::isDirectory).orElse(false);
        if (bothDirectories) {
          move(EntryPath.child(path, name), EntryPath.child(target, name));
        } else if (there.isEmpty()) {
          At.rename(from, name, destination.fd(), name, At.RENAME_NOREPLACE);
          moves.add(
              new Move(
                  JournalMoves.AT_THE_END,
                  EntryPath.child(source.get().path(), name),
                  EntryPath.child(destination.path(), name)));
        } else {
          throw new LayerException(
              EntryPath.child(path, name),
              "is also '" + EntryPath.child(target, name) + "', by a link in a lower layer",
              null);
        }
      }
    }
    Optional<LayerTree.Place> parent = tree.find(EntryPath.parent(path));
    if (parent.isPresent()) {
      try (Fd fd = parent.get().fd()) {
        At.rmdir(fd, EntryPath.name(path));
      }
    }
  }

  private void link(String name, String target) throws IOException {
    String real = below.resolve(EntryPath.parent(target));
    String full = EntryPath.child(real, EntryPath.name(target));
    MergedView.Found found =
        below
            .lookup(full)
            .orElseThrow(() ->
                new LayerException(
                    name, "hard link to '" + target + "', which no layer has", null));
    if (found.stat().isDirectory()) {
      throw new LayerException(name, "hard link to a directory", null);
    }
    LayerTree.Place home = tree.directory(EntryPath.parent(full));
    String copy = EntryPath.name(full);
    if (LayerTree.stat(home.fd(), copy).isEmpty()) {
      try (Fd from = found.parent()) {
        copyUp(from, found, home.fd(), copy);
      }
    }
    LayerTree.Place directory = tree.directory(EntryPath.parent(name));
    At.link(home.fd(), copy, directory.fd(), EntryPath.name(name));
  }

  private void copyUp(Fd from, MergedView.Found found, Fd to, String name) throws IOException {
    FileStat stat = found.stat();
    if (stat.isRegular()) {
      int make = OpenFlags.WRONLY | OpenFlags.CREAT | OpenFlags.EXCL | OpenFlags.NOFOLLOW;
      try (Fd source = At.open(from, found.name(), OpenFlags.RDONLY | OpenFlags.NOFOLLOW, 0);
          Fd sink = At.open(to, name, make, 0600);
          InputStream in = source.input();
          OutputStream out = sink.output()) {
        in.transferTo(out);
      }
      bytes += (stat.size() + BLOCK - 1) / BLOCK * BLOCK;
    } else if (stat.isSymlink()) {
      At.symlink(At.readlink(from, found.name()), to, name);
    } else {
      At.mknod(to, name, stat.type() | 0600, stat.rdev());
    }
    inodes++;
    copyAttributes(from, found.name(), stat, to, name);
  }

  @Override
  public void close() {
    tree.close();
    below.close();
  }
}
