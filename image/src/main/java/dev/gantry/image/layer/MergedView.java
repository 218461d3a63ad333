package dev.gantry.image.layer;

import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.Resolve;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks into a stack of layers as overlayfs would merge them, without a mount. */
final class MergedView implements AutoCloseable {
  private final List<Fd> layers = new ArrayList<>();

  /**
   * @param topFirst the layers' directories
   */
  MergedView(List<Path> topFirst) throws IOException {
    try {
      for (Path p : topFirst) {
        layers.add(At.open(Fd.CWD, p.toString(), LayerTree.DIRECTORY, 0));
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /**
   * What a path names, a link itself and not its target.
   *
   * @param layer root of the layer that has it
   * @param path in that layer
   */
  record Found(Fd layer, String path, FileStat stat) {
    /** The directory it lies in; the caller closes it. */
    Fd parent() throws IOException {
      return openParent(layer, path);
    }

    String name() {
      return path.isEmpty() ? "" : EntryPath.name(path);
    }
  }

  /** What lies at {@code path}, of which no component but the last is followed. */
  Optional<Found> lookup(String path) throws IOException {
    List<Fd> visible = layers;
    String walked = "";
    Optional<Found> found = Optional.empty();
    for (String part : path.split("/", -1)) {
      String next = EntryPath.child(walked, part);
      var deeper = new ArrayList<Fd>();
      found = Optional.empty();
      for (Fd layer : visible) {
        try (Fd parent = openParent(layer, next)) {
          Optional<FileStat> stat = LayerTree.stat(parent, part);
          if (stat.isEmpty()) {
            continue;
          }
          boolean directory = stat.get().isDirectory();
          if (found.isEmpty() && !LayerTree.isWhiteout(stat.get())) {
            found = Optional.of(new Found(layer, next, stat.get()));
          }
          if (!directory || !found.orElseThrow().stat().isDirectory()) {
            break;
          }
          deeper.add(layer);
          if (LayerTree.isOpaque(parent, part)) {
            break;
          }
        }
      }
      visible = deeper;
      walked = next;
      if (found.isEmpty()) {
        return found;
      }
    }
    return found;
  }

  private static Fd openParent(Fd layer, String path) throws IOException {
    String parent = EntryPath.parent(path);
    return At.openIn(
        layer,
        parent.isEmpty() ? "." : parent,
        LayerTree.DIRECTORY,
        0,
        Resolve.BENEATH,
        Resolve.NO_SYMLINKS);
  }

  /** The path without links as chroot would resolve it; components that do not exist stay. */
  String resolve(String path) throws IOException {
    return LinkWalk.resolve(
            path,
            "in the layers below",
            (directory, name, asked) -> {
              Optional<Found> found = lookup(EntryPath.child(directory, name));
              if (found.isEmpty() || !found.get().stat().isSymlink()) {
                return LinkWalk.Step.ON;
              }
              try (Fd parent = found.get().parent()) {
                return LinkWalk.Step.link(At.readlink(parent, name));
              }
            })
        .orElseThrow();
  }

  @Override
  public void close() {
    layers.forEach(Fd::close);
  }
}
