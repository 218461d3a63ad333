package dev.gantry.image.layer;

import dev.gantry.image.tar.TarEntry;
import dev.gantry.image.tar.TarReader;
import java.io.IOException;
import java.util.NavigableSet;
import java.util.Optional;

/**
 * What the entries of a layer's archive become files in: a directory, or an index of the archive.
 * {@link LayerUnpacker} decides what an entry means, this makes it. For one thread.
 *
 * @param <P> a directory of the layer
 */
interface LayerTarget<P extends LayerTarget.Place> extends AutoCloseable {
  /** A directory of the layer. */
  interface Place {
    /** From the root, without links. */
    String path();
  }

  /** What has a name. */
  enum Kind {
    NOTHING,
    DIRECTORY,
    WHITEOUT,
    OTHER
  }

  P root();

  /** The directory {@code path}, links in it followed; what is missing of it is made. */
  P directory(String path) throws IOException;

  /** The directory {@code path}, links in it followed, when the layer has it. */
  Optional<P> find(String path) throws IOException;

  Kind look(P parent, String name) throws IOException;

  /**
   * Makes a file with the data that is read next.
   *
   * @return false when something has the name; then nothing was read
   */
  boolean file(P parent, String name, TarEntry entry, TarReader data) throws IOException;

  /**
   * Makes a directory, or makes the one that exists what the entry says.
   *
   * @param name empty for {@code parent} itself
   */
  void directory(P parent, String name, TarEntry entry, boolean exists) throws IOException;

  void symlink(P parent, String name, TarEntry entry) throws IOException;

  /** Makes a device or a fifo. */
  void node(P parent, String name, TarEntry entry) throws IOException;

  /** Gives a file that is no directory a second name. */
  void link(P holder, String existing, P parent, String name) throws IOException;

  /** Hides what lower layers have there. */
  void whiteout(P parent, String name) throws IOException;

  /**
   * Hides what lower layers have in a directory.
   *
   * @param name empty for {@code parent} itself
   */
  void opaque(P parent, String name) throws IOException;

  /** Takes away what has the name, a whole directory if it is one. */
  void remove(P parent, String name) throws IOException;

  /** Directories that were made because something lies in them, parents before children. */
  NavigableSet<String> implied();

  /** Nothing follows. */
  void finish() throws IOException;

  @Override
  void close();
}
