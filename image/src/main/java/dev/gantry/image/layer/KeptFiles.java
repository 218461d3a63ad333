package dev.gantry.image.layer;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.file.Resolve;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Takes what a later entry replaces out of a layer and keeps its data in {@code kept}, where nobody
 * mounts it. A file that has other names in the layer is copied: its number of links is something
 * that containers see.
 */
final class KeptFiles implements AutoCloseable {
  static final String DIRECTORY = "kept";

  private final Path layer;

  /** Names that hard links made; their data is told of under another name. */
  private final NavigableSet<String> linked = new TreeSet<>();

  private @Nullable Fd directory;
  private long names;
  private long copied;

  KeptFiles(Path layer) {
    this.layer = layer;
  }

  void linked(String path) {
    linked.add(path);
  }

  /** Bytes that keeping took beyond what was there. */
  long copied() {
    return copied;
  }

  /**
   * Takes a file or a whole directory away.
   *
   * @return its name in {@code kept}, null when it had no data that is worth keeping
   */
  @Nullable String take(Fd parent, String name, String path, FileStat stat) throws IOException {
    if (stat.isDirectory()) {
      return directory(parent, name, path);
    }
    boolean anothers = linked.remove(path);
    if (!stat.isRegular() || stat.size() == 0 || anothers) {
      At.unlink(parent, name);
      return null;
    }
    String kept = Long.toString(names++);
    if (stat.nlink() > 1) {
      copy(parent, name, open(), kept);
      At.unlink(parent, name);
    } else {
      At.rename(parent, name, open(), kept, At.RENAME_NOREPLACE);
    }
    return kept;
  }

  private @Nullable String directory(Fd parent, String name, String path) throws IOException {
    try {
      At.rmdir(parent, name);
      return null;
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOTEMPTY) {
        throw e;
      }
    }
    String kept = Long.toString(names++);
    At.rename(parent, name, open(), kept, At.RENAME_NOREPLACE);
    separate(kept, path);
    LayerTree.forget(linked, path);
    return kept;
  }

  /** Frees the files of a kept directory from their other names. */
  private void separate(String kept, String path) throws IOException {
    Deque<String> todo = new ArrayDeque<>();
    todo.push("");
    while (!todo.isEmpty()) {
      String below = todo.pop();
      String at = EntryPath.child(kept, below);
      try (Fd in =
          At.openIn(
              open(),
              below.isEmpty() ? kept : at,
              LayerTree.DIRECTORY,
              0,
              Resolve.BENEATH,
              Resolve.NO_SYMLINKS)) {
        for (String name : DirectoryNames.list(in)) {
          FileStat stat = At.stat(in, name, false);
          String next = EntryPath.child(below, name);
          if (stat.isDirectory()) {
            todo.push(next);
          } else if (stat.isRegular() && stat.nlink() > 1) {
            separate(in, name, linked.contains(EntryPath.child(path, next)));
          }
        }
      }
    }
  }

  private void separate(Fd in, String name, boolean anothers) throws IOException {
    if (!anothers) {
      String copy = "copy";
      copy(in, name, open(), copy);
      At.rename(open(), copy, in, name, 0);
    } else {
      At.unlink(in, name);
    }
  }

  private void copy(Fd from, String name, Fd to, String copy) throws IOException {
    int make = OpenFlags.WRONLY | OpenFlags.CREAT | OpenFlags.EXCL | OpenFlags.NOFOLLOW;
    try (Fd source = At.open(from, name, OpenFlags.RDONLY | OpenFlags.NOFOLLOW, 0);
        Fd sink = At.open(to, copy, make, 0600);
        InputStream in = source.input();
        OutputStream out = sink.output()) {
      copied += in.transferTo(out);
    }
  }

  private Fd open() throws IOException {
    Fd open = directory;
    if (open == null) {
      Path made = Files.createDirectory(layer.resolve(DIRECTORY));
      open = At.open(Fd.CWD, made.toString(), LayerTree.DIRECTORY, 0);
      directory = open;
    }
    return open;
  }

  @Override
  public void close() {
    if (directory != null) {
      directory.close();
    }
  }
}
