package dev.gantry.image.layer;

import dev.gantry.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Where a layer comes from and what it must be.
 *
 * @param blob digest of the stored bytes, null when nobody stated one (docker-save archives)
 * @param size stored bytes, negative when unknown
 * @param diffId digest of the unpacked archive
 * @param progress told the stored bytes that have come
 * @param file name of the one file that the stored bytes are, null when they are an archive
 */
public record LayerInput(
    @Nullable Digest blob,
    long size,
    Digest diffId,
    Source source,
    LongConsumer progress,
    @Nullable String file) {
  public LayerInput(
      @Nullable Digest blob, long size, Digest diffId, Source source, LongConsumer progress) {
    this(blob, size, diffId, source, progress, null);
  }

  /** The same layer from another source. */
  public LayerInput from(Source other, LongConsumer told) {
    return new LayerInput(blob, size, diffId, other, told, file);
  }

  /** Opens the stored bytes. */
  @FunctionalInterface
  public interface Source {
    InputStream open() throws IOException;

    /** Whether reading waits for others, so that it is done ahead, on a thread of its own. */
    default boolean waits() {
      return false;
    }
  }
}
