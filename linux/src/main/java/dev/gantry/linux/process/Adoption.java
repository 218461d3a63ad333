package dev.gantry.linux.process;

import dev.gantry.linux.LinuxException;

/**
 * Takes over a process that another program starts and leaves to us, as {@code crun exec --detach}
 * does: to be begun before that program, so that the orphan reaper keeps off what it leaves.
 *
 * <p>We must be a subreaper ({@link OrphanReaper#start}), or the process is left to somebody else.
 */
public final class Adoption implements AutoCloseable {
  private final Object token = Children.spawning();
  private boolean over;

  private Adoption() {}

  /** From here on until {@link #close} no orphan is reaped that was not dead before. */
  public static Adoption expect() {
    return new Adoption();
  }

  /**
   * The process as a child of ours, whether it is still alive or not.
   *
   * @throws LinuxException ESRCH when there is no such process; one that cannot be taken over for
   *     another reason is left as it is
   */
  public SpawnedProcess adopt(int pid) throws LinuxException {
    if (over) {
      throw new IllegalStateException("too late to adopt process " + pid);
    }
    over = true;
    Children.spawned(token, pid);
    return SpawnedProcess.takeOver(pid, false);
  }

  /** Nothing is expected any more; after an adoption this does nothing. */
  @Override
  public void close() {
    if (!over) {
      over = true;
      Children.spawned(token, 0);
    }
  }
}
