package dev.gantry.container;

import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupMode;
import dev.gantry.linux.event.EventLoop;
import dev.gantry.linux.process.Spawn;
import dev.gantry.linux.process.SpawnedProcess;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Starts conmon in the monitors' cgroup, outside the daemon's, so that whoever ends the daemon's
 * service does not end the containers.
 *
 * <p>On cgroup v1 a thread that has moved itself there spawns them: they are born in it. Moving
 * each one, which is all that v2 has, makes the kernel wait for every CPU (8 to 20 ms measured when
 * the last move is a while ago); there conmon waits on its start pipe for it.
 */
final class MonitorSpawner implements AutoCloseable {
  private static final long STACK_BYTES = 256 << 10;
  private static final Duration SPAWN_DEADLINE = Duration.ofSeconds(30);

  private final @Nullable Cgroup group;
  private final boolean byThread;
  private final @Nullable ExecutorService thread;

  MonitorSpawner(CgroupHost host, @Nullable String cgroupPath) throws LinuxException {
    group = cgroupPath == null ? null : Cgroup.of(host, cgroupPath);
    byThread = group != null && host.mode() != CgroupMode.V2;
    thread = byThread ? Executors.newSingleThreadExecutor(MonitorSpawner::platformThread) : null;
    if (group != null) {
      group.create();
      EventLoop.shared(); // its thread must not be started by the one that joins
      joinThread(group);
    }
  }

  private static Thread platformThread(Runnable work) {
    Thread made = new Thread(null, work, "monitor-spawner", STACK_BYTES, false);
    made.setDaemon(true);
    return made;
  }

  private void joinThread(Cgroup cgroup) throws LinuxException {
    if (thread == null) {
      return;
    }
    try {
      onThread(() -> {
        cgroup.addThread(0);
        return cgroup;
      });
    } catch (IOException e) {
      thread.shutdown();
      throw e instanceof LinuxException linux
          ? linux
          : new LinuxException("join cgroup", cgroup.path(), Errno.EINTR, "");
    }
  }

  /** Whether what is spawned must wait on a start pipe until {@link #move} was called. */
  boolean needsStartPipe() {
    return group != null && !byThread;
  }

  /**
   * Starts a program in the monitors' cgroup, or where it is still to be moved from.
   *
   * <p>Waited for on a thread of the pool: a virtual thread that the spawner woke could be given a
   * carrier that is born in the monitors' cgroup, and would stay there with all it spawns.
   */
  SpawnedProcess spawn(Spawn program) throws IOException {
    return thread == null
        ? program.start()
        : BlockingCalls.run("start conmon", SPAWN_DEADLINE, () -> onThread(program::start));
  }

  /** Moves a process into the monitors' cgroup. */
  void move(int pid) throws LinuxException {
    if (group != null) {
      group.addProcess(pid);
    }
  }

  private interface Call<T> {
    T call() throws IOException;
  }

  private <T> T onThread(Call<T> call) throws IOException {
    ExecutorService executor = Objects.requireNonNull(thread);
    Future<T> answer = executor.submit(call::call);
    try {
      return answer.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("interrupted");
      interrupted.initCause(e);
      throw interrupted;
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    }
  }

  /** Ends the thread; the cgroup stays, as monitors live in it. */
  @Override
  public void close() {
    if (thread != null) {
      thread.close();
    }
  }
}
