package dev.gantry.image.layer;

import dev.gantry.linux.Fd;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The files of a layer that was just built, whichever form it has. */
final class LayerRoot implements AutoCloseable {
  private final Path path;
  private final @Nullable Fd mount;

  private LayerRoot(Path path, @Nullable Fd mount) {
    this.path = path;
    this.mount = mount;
  }

  static LayerRoot of(UnpackedLayer layer) throws IOException {
    if (!LayerArchive.isIn(layer.directory())) {
      return new LayerRoot(layer.diff(), null);
    }
    Fd mount = LayerArchive.mount(layer.directory());
    return new LayerRoot(Path.of(mount.procPath()), mount);
  }

  Path path() {
    return path;
  }

  @Override
  public void close() {
    if (mount != null) {
      mount.close();
    }
  }
}
