package dev.gantry.image.store;

import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.OpenFlags;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Makes what was written durable with one syncfs(2) for all who ask at the same time: who comes
 * while one runs shares the next.
 */
final class SyncGate {
  private static final Duration DEADLINE = Duration.ofMinutes(30);

  private final Path anywhere;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition finished = lock.newCondition();
  private long started;
  private long ended;
  private boolean running;

  SyncGate(Path anywhere) {
    this.anywhere = anywhere;
  }

  /** Returns when everything written before the call is on the disk. */
  void sync() throws IOException {
    if (!begin()) {
      return;
    }
    boolean done = false;
    try {
      done = BlockingCalls.run("syncfs " + anywhere, DEADLINE, this::syncfs);
    } finally {
      end(done);
    }
  }

  private boolean syncfs() throws IOException {
    try (Fd fd = At.open(Fd.CWD, anywhere.toString(), OpenFlags.RDONLY, 0)) {
      At.syncfs(fd);
      return true;
    }
  }

  /** Waits for the turn; false when another's sync, begun after the call, has done the work. */
  private boolean begin() {
    lock.lock();
    try {
      long wanted = started + 1;
      while (running) {
        finished.awaitUninterruptibly();
      }
      if (ended >= wanted) {
        return false;
      }
      running = true;
      started++;
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void end(boolean done) {
    lock.lock();
    try {
      running = false;
      if (done) {
        ended = started;
      }
      finished.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
