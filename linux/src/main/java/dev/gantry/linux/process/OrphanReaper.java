package dev.gantry.linux.process;

import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Makes this JVM the one that inherits what its descendants leave behind (conmon, and a container
 * whose conmon died), and reaps that when it ends. At rest it makes one system call a second.
 *
 * <p>A child that {@link Spawn} waits for is never touched. One of {@link ProcessBuilder} cannot be
 * told from an orphan; as the JDK reaps those at once, only what has been dead for a while is
 * reaped.
 */
public final class OrphanReaper {
  private static final System.Logger LOG = System.getLogger(OrphanReaper.class.getName());

  private static final int PR_SET_CHILD_SUBREAPER = 36;
  private static final Duration AT_REST = Duration.ofSeconds(1);
  private static final Duration GRACE = Duration.ofMillis(250);
  private static final AtomicBoolean STARTED = new AtomicBoolean();

  /** Dead children that nobody has reaped so far, and when they were first seen. */
  private final Map<Integer, Long> suspects = new HashMap<>();

  private OrphanReaper() {}

  /**
   * Begins; a second call does nothing.
   *
   * @throws LinuxException when the kernel refuses to make us a subreaper
   */
  public static void start() throws LinuxException {
    if (STARTED.compareAndSet(false, true)) {
      Native.check(Native.syscall(Nr.PRCTL, PR_SET_CHILD_SUBREAPER, 1), "become subreaper", "");
      Thread.ofVirtual().name("orphan-reaper").start(new OrphanReaper()::run);
    }
  }

  private void run() {
    while (true) {
      try {
        Thread.sleep(sweep());
      } catch (InterruptedException e) {
        return;
      } catch (IOException | RuntimeException e) {
        LOG.log(Level.WARNING, "reaping orphans failed", e);
        suspects.clear();
      }
    }
  }

  /** Looks once, and says how long to wait until the next time. */
  private Duration sweep() throws IOException {
    Optional<WaitId> first = WaitId.poll(WaitId.P_ALL, 0, WaitId.PEEK);
    if (first.isEmpty()) {
      suspects.clear();
      return AT_REST;
    }
    Set<Integer> dead = deadChildren();
    dead.add(first.get().pid());
    dead.removeIf(Children::waitedFor);
    suspects.keySet().retainAll(dead);
    long now = System.nanoTime();
    dead.forEach(pid -> suspects.putIfAbsent(pid, now));
    for (Map.Entry<Integer, Long> suspect : Map.copyOf(suspects).entrySet()) {
      long seen = suspect.getValue();
      if (now - seen >= GRACE.toNanos() && !Children.spawnUnderWaySince(seen)) {
        reap(suspect.getKey());
      }
    }
    return GRACE;
  }

  private void reap(int pid) {
    suspects.remove(pid);
    // Looked at last: since it was first seen every spawn of that time has named its child.
    if (Children.waitedFor(pid)) {
      return;
    }
    try {
      WaitId.poll(WaitId.P_PID, pid, 0);
    } catch (LinuxException reapedMeanwhile) {
      LOG.log(Level.DEBUG, "orphan was reaped by somebody else", reapedMeanwhile);
    }
  }

  /**
   * Orphans are children of the first thread; without that list the peeked one must do. There may
   * be a thousand of them, one for each container, so nothing is opened for any.
   */
  private static Set<Integer> deadChildren() throws IOException {
    String self = Long.toString(ProcessHandle.current().pid());
    try {
      byte[] children = Files.readAllBytes(Path.of("/proc/self/task", self, "children"));
      return WaitId.deadAmong(numbers(children));
    } catch (NoSuchFileException notInThisKernel) {
      return new HashSet<>();
    }
  }

  /** Numbers with a blank after each. */
  static int[] numbers(byte[] text) {
    int[] numbers = new int[text.length];
    int count = 0;
    int number = 0;
    for (byte digit : text) {
      if (digit == ' ') {
        numbers[count++] = number;
        number = 0;
      } else {
        number = 10 * number + digit - '0';
      }
    }
    return Arrays.copyOf(numbers, count);
  }
}
