package dev.gantry.linux.process;

import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import dev.gantry.linux.event.EventLoop;
import dev.gantry.linux.event.EventLoop.Registration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A child of ours. It is watched by pidfd and reaped when it ends, whether anybody asks or not; its
 * number is never signalled after that.
 */
public final class SpawnedProcess {
  private final ProcessId id;
  private final Fd pidfd;
  private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Registration registration;
  private boolean held;
  private boolean dead;
  private boolean reaped;

  private SpawnedProcess(ProcessId id, Fd pidfd, boolean held) {
    this.id = id;
    this.pidfd = pidfd;
    this.held = held;
  }

  /**
   * Takes over a child that was just spawned and registered with {@link Children}.
   *
   * @param held keeps it unreaped after its end until {@link #release()}, so that its process group
   *     can still be signalled safely
   */
  static SpawnedProcess adopt(int pid, boolean held) throws LinuxException {
    try {
      return takeOver(pid, held);
    } catch (LinuxException | RuntimeException e) {
      Native.syscall(Nr.KILL, pid, Signals.SIGKILL);
      WaitId.reap(pid);
      throw e;
    }
  }

  /** As {@link #adopt}, but a process that cannot be taken over is left alone. */
  static SpawnedProcess takeOver(int pid, boolean held) throws LinuxException {
    Fd pidfd = null;
    try {
      pidfd = Fd.of((int) Native.check(Native.syscall(Nr.PIDFD_OPEN, pid, 0), "open pidfd", ""));
      SpawnedProcess process = new SpawnedProcess(ProcessId.of(pid), pidfd, held);
      process.watch();
      return process;
    } catch (LinuxException | RuntimeException e) {
      if (pidfd != null) {
        pidfd.close();
      }
      Children.reaped(pid);
      throw e;
    }
  }

  private void watch() throws LinuxException {
    // The process may end before the registration is stored.
    lock.lock();
    try {
      registration =
          EventLoop.shared().watch(pidfd, EventLoop.IN | EventLoop.ONE_SHOT, events -> onDeath());
    } finally {
      lock.unlock();
    }
  }

  /** Its number; only {@link #kill} tells whether it is still the process's own. */
  public int pid() {
    return id.pid();
  }

  /** Which process it is, for records that outlive this JVM. */
  public ProcessId id() {
    return id;
  }

  /**
   * Completes when the process has ended; what depends on it runs on a virtual thread. It fails
   * only when somebody else reaped the child.
   */
  public CompletableFuture<ExitStatus> exit() {
    return exit;
  }

  /**
   * Sends a signal.
   *
   * @return false when the process has ended
   * @throws LinuxException EINVAL when there is no such signal
   */
  public boolean kill(int signal) throws LinuxException {
    lock.lock();
    try {
      return !dead && Pidfd.signal(pidfd, signal);
    } finally {
      lock.unlock();
    }
  }

  /** Sends a signal to the process group that the process leads, dead or not. */
  void killGroup(int signal) {
    lock.lock();
    try {
      // The number of an unreaped leader cannot be another group's.
      if (!reaped) {
        Native.syscall(Nr.KILL, -id.pid(), signal);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Lets a held process be reaped, now or when it ends. */
  void release() throws LinuxException {
    lock.lock();
    try {
      held = false;
      if (dead && !reaped) {
        WaitId.poll(WaitId.P_PIDFD, pidfd.number(), 0);
        done();
      }
    } finally {
      lock.unlock();
    }
  }

  private void onDeath() {
    lock.lock();
    try {
      if (registration != null) {
        registration.close();
      }
      Optional<WaitId> ended = WaitId.poll(WaitId.P_PIDFD, pidfd.number(), held ? WaitId.PEEK : 0);
      ExitStatus status = ended.orElseThrow().status();
      dead = true;
      if (!held) {
        done();
      }
      // Whatever depends on it runs elsewhere: the event loop's thread is no place for it.
      exit.completeAsync(() -> status, Thread::startVirtualThread);
    } catch (LinuxException stolen) {
      dead = true;
      done();
      exit.completeExceptionally(stolen);
    } finally {
      lock.unlock();
    }
  }

  private void done() {
    reaped = true;
    Children.reaped(id.pid());
    pidfd.close();
  }
}
