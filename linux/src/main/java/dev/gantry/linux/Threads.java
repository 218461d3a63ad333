package dev.gantry.linux;

import java.util.Collection;

/** Waiting for threads that must have ended before anybody goes on. */
public final class Threads {
  private Threads() {}

  /**
   * Returns when all have ended, also when the caller is interrupted.
   *
   * @param interrupted what is done each time that happens, such as to interrupt them as well
   * @return whether it happened; the caller's interrupt status is clear
   */
  public static boolean awaitEnd(Collection<Thread> threads, Runnable interrupted) {
    boolean happened = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          happened = true;
          interrupted.run();
        }
      }
    }
    return happened;
  }

  /** Interrupts them and returns when all have ended; the caller's interrupt status stays. */
  public static void end(Collection<Thread> threads) {
    threads.forEach(Thread::interrupt);
    boolean interrupted = Thread.interrupted();
    if (awaitEnd(threads, () -> {}) || interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
