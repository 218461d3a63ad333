package dev.gantry.image;

import java.io.IOException;
import java.nio.file.Path;

/** The image store's own disk failed: full, read-only, no permission, broken. */
public final class StoreException extends ImageException {
  private static final long serialVersionUID = 1;

  private final transient Path path;
  private final double unpackedPerCompressed;

  public StoreException(Path path, String what, IOException cause) {
    this(path, what, cause, 0);
  }

  /**
   * @param unpackedPerCompressed how many bytes had come out of each compressed byte of the layer
   *     that was being written, 0 when nobody knows
   */
  public StoreException(Path path, String what, IOException cause, double unpackedPerCompressed) {
    super(what + " " + path + ": " + cause.getMessage(), cause);
    this.path = path;
    this.unpackedPerCompressed = unpackedPerCompressed;
  }

  private StoreException(String message, Path path, IOException cause) {
    super(message, cause);
    this.path = path;
    this.unpackedPerCompressed = 0;
  }

  /**
   * The disk is full.
   *
   * @param message all that is to be said
   */
  static StoreException full(String message, Path path, IOException cause) {
    return new StoreException(message, path, cause);
  }

  double unpackedPerCompressed() {
    return unpackedPerCompressed;
  }

  public Path path() {
    return path;
  }
}
