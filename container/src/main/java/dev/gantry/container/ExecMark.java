package dev.gantry.container;

import dev.gantry.linux.LinuxException;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.process.Pidfd;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.linux.process.Signals;
import dev.gantry.oci.runtime.Process;
import dev.gantry.oci.runtime.Rlimit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * A mark that a command and everything it starts inherit, by which all of it is found when it must
 * be killed: sessions, parents and environments do not tell, as a daemon sheds them.
 *
 * <p>The mark is a limit that limits nothing: RLIMIT_RTTIME, the processor time of real-time
 * processes without a pause, of more than 146,000 years, in microseconds; where somebody has set
 * that limit, up to a thousandth less than it. It costs nothing where nothing is killed. A cgroup
 * for each exec would do too, but costs 0.5 ms on version 1, keeps a dead memory cgroup for each
 * page of cache charged to it, and makes cAdvisor look at each.
 */
final class ExecMark {
  private static final String LIMIT = "RLIMIT_RTTIME";
  private static final String LINE = "Max realtime timeout";
  private static final long BASE = 1L << 62;
  private static final long RANDOM = 1L << 60;
  private static final long ONE_IN = 1024;

  private static final int ROUNDS_BEFORE_FREEZE = 3;
  private static final Duration PAUSE = Duration.ofMillis(2);

  private final Process process;
  private final long value;

  /** A mark for one process, below what it may have anyway and what we may give it. */
  ExecMark(Process process) {
    this.process = process;
    long highest = limitOf("self").map(Long::parseUnsignedLong).orElse(Rlimit.UNLIMITED);
    for (Rlimit limit : process.rlimits()) {
      boolean lower = Long.compareUnsigned(limit.hard(), highest) < 0;
      highest = limit.type().equals(LIMIT) && lower ? limit.hard() : highest;
    }
    ThreadLocalRandom random = ThreadLocalRandom.current();
    value =
        Long.compareUnsigned(highest, BASE + RANDOM) > 0
            ? BASE + random.nextLong(RANDOM)
            : highest - random.nextLong(highest / ONE_IN + 1);
  }

  private ExecMark(Process process, long value) {
    this.process = process;
    this.value = value;
  }

  /** The mark of a process that {@link #marked} made. */
  static ExecMark ofMarked(Process marked) {
    long value =
        marked.rlimits().stream()
            .filter(limit -> limit.type().equals(LIMIT))
            .mapToLong(Rlimit::hard)
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("a process without a mark"));
    return new ExecMark(marked, value);
  }

  /** The process with the mark. */
  Process marked() {
    List<Rlimit> limits = new ArrayList<>();
    long soft = value;
    for (Rlimit limit : process.rlimits()) {
      if (!limit.type().equals(LIMIT)) {
        limits.add(limit);
      } else if (Long.compareUnsigned(limit.soft(), value) < 0) {
        soft = limit.soft();
      }
    }
    limits.add(new Rlimit(LIMIT, value, soft));
    return new Process(
        process.terminal(),
        process.consoleSize(),
        process.user(),
        process.args(),
        process.env(),
        process.cwd(),
        process.capabilities(),
        limits,
        process.noNewPrivileges(),
        process.apparmorProfile(),
        process.oomScoreAdj(),
        process.selinuxLabel());
  }

  /** Those processes of a cgroup that carry the mark. */
  List<Integer> processes(Cgroup group) throws LinuxException {
    return group.pids().stream().filter(this::marked).toList();
  }

  /**
   * Kills all processes of a cgroup that carry the mark, and returns when none is left. Who forks
   * faster than we kill is frozen, with the rest of the container, for a moment.
   *
   * @throws RuntimeFailure TIMED_OUT when some are left at the deadline
   */
  void killAll(Cgroup group, Duration deadline, String what) throws IOException {
    long until = System.nanoTime() + deadline.toNanos();
    for (int round = 0; killOnce(group, round >= ROUNDS_BEFORE_FREEZE); round++) {
      if (System.nanoTime() > until) {
        throw new RuntimeFailure(
            RuntimeFailure.Kind.TIMED_OUT, what + ": processes of it cannot be killed");
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  /** Whether there were any, or may be more. */
  private boolean killOnce(Cgroup group, boolean frozen) throws LinuxException {
    if (frozen) {
      group.freeze();
    }
    try {
      boolean more = false;
      for (int pid : group.pids()) {
        // Of who ended meanwhile, what it has just started is not in this list. No frozen one has.
        more |=
            switch (killIfMarked(pid)) {
              case KILLED -> true;
              case ENDED -> !frozen;
              case ANOTHERS -> false;
            };
      }
      return more;
    } finally {
      if (frozen) {
        group.thaw();
      }
    }
  }

  private enum Found {
    KILLED,
    ENDED,
    ANOTHERS
  }

  private Found killIfMarked(int pid) throws LinuxException {
    Optional<ProcessId> id = ProcessId.find(pid);
    if (id.isEmpty()) {
      return Found.ENDED;
    }
    if (!marked(pid)) {
      // The limits of one that has ended are empty.
      return id.get().alive() ? Found.ANOTHERS : Found.ENDED;
    }
    Optional<Pidfd> open = Pidfd.open(id.get());
    if (open.isEmpty()) {
      return Found.ENDED;
    }
    try (Pidfd pidfd = open.get()) {
      return pidfd.signal(Signals.SIGKILL) ? Found.KILLED : Found.ENDED;
    }
  }

  private boolean marked(int pid) {
    return limitOf(Integer.toString(pid)).equals(Optional.of(Long.toString(value)));
  }

  /** The hard limit of a process in microseconds; empty when it has none or is gone. */
  private static Optional<String> limitOf(String pid) {
    try {
      byte[] limits = Files.readAllBytes(Path.of("/proc", pid, "limits"));
      return new String(limits, StandardCharsets.US_ASCII)
          .lines()
          .filter(line -> line.startsWith(LINE))
          // soft limit, hard limit, unit
          .map(line -> List.of(line.substring(LINE.length()).strip().split("\\s+")))
          .map(fields -> fields.get(1))
          .filter(hard -> !hard.equals("unlimited"))
          .findFirst();
    } catch (IOException gone) {
      return Optional.empty();
    }
  }
}
