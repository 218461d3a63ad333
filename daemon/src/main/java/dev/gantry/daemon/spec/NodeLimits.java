package dev.gantry.daemon.spec;

import dev.gantry.oci.runtime.BlockIo;
import org.jspecify.annotations.Nullable;

/**
 * Limits of a container that no field of the request holds but the node's configuration.
 *
 * @param pids most processes and threads, 0 for no limit
 * @param blockIo of the container's class, nothing for none
 */
public record NodeLimits(int pids, @Nullable BlockIo blockIo) {
  /** No limit. */
  public static final NodeLimits NONE = new NodeLimits(0, null);
}
