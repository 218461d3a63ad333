package dev.gantry.image.transfer;

import dev.gantry.image.registry.BlobRange;
import java.io.IOException;

/** Where the bytes of one blob come from. Used by several threads. */
public interface RangeSource {
  /**
   * Asks for the bytes {@code from} ≤ i &lt; {@code toExclusive}.
   *
   * @param toExclusive {@link Long#MAX_VALUE} for all from there on
   */
  BlobRange open(long from, long toExclusive) throws IOException;

  /** Waits a while, longer after more failures in a row, at least one. */
  void pause(int failures) throws IOException;

  /**
   * Says that what came was not the blob: who sent any of it is asked after the others from now on.
   *
   * @return who that was, for people
   */
  String distrust();

  /** How many hosts may be asked, at least one. */
  int hosts();
}
