package dev.gantry.image.layer;

import dev.gantry.image.tar.TarEntry;
import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.file.FileStat;
import java.io.IOException;

/** Told by the unpacker where the archive's data goes, and asked to take away what it replaces. */
interface DataLog {
  /** Keeps no account, and deletes. */
  DataLog NONE =
      new DataLog() {
        @Override
        public void fileBegins(String path, TarEntry entry) {}

        @Override
        public void fileEnds() {}

        @Override
        public void discard(Fd parent, String name, String path, FileStat stat) throws IOException {
          if (stat.isDirectory()) {
            DeleteTree.delete(parent, name);
          } else {
            At.unlink(parent, name);
          }
        }
      };

  /** Whether files get their data, or only their size. */
  default boolean wantsData() {
    return true;
  }

  /**
   * The stored data of {@code entry} is read next and written to a new file.
   *
   * @param path of the file from the layer's root, no component of it a link
   */
  void fileBegins(String path, TarEntry entry) throws IOException;

  /** All of it has been written. */
  void fileEnds();

  /** A hard link got this name. */
  default void linked(String path) {}

  /** Takes the file or the whole directory {@code path} out of the layer. */
  void discard(Fd parent, String name, String path, FileStat stat) throws IOException;
}
