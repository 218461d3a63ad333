package dev.gantry.container;

import java.time.Instant;

/**
 * How a container ended.
 *
 * @param code what its first process exited with, or 128 plus the number of the signal that ended
 *     it
 * @param finishedAt when conmon saw it
 * @param oomKilled whether the kernel killed a process of it for want of memory; of its first
 *     process if the code is 137
 * @param monitorLost whether conmon ended without a word of it, so that the code is not the
 *     container's own: it was killed, or its code is {@link #UNKNOWN_CODE}
 */
public record ExitRecord(int code, Instant finishedAt, boolean oomKilled, boolean monitorLost) {
  /** The code of a container of which nobody knows how it ended. */
  public static final int UNKNOWN_CODE = 255;

  /** The code of a container that we killed: 128 + SIGKILL. */
  public static final int KILLED_CODE = 137;
}
