package dev.gantry.linux.process;

import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * waitid(2), never without a pid or pidfd except to peek.
 *
 * @param pid who ended
 * @param status how
 */
record WaitId(int pid, ExitStatus status) {
  static final int P_ALL = 0;
  static final int P_PID = 1;
  static final int P_PIDFD = 3;

  /** Leaves the dead process to be reaped later. */
  static final int PEEK = 0x01000000;

  private static final int NO_HANG = 1;
  private static final int EXITED = 4;
  private static final long SIGINFO_BYTES = 128;

  /**
   * Whether a child is dead, without waiting for it; it is reaped unless only peeked at.
   *
   * @throws LinuxException ECHILD when it is no child of ours, or was reaped already
   */
  static Optional<WaitId> poll(int idType, int id, int flags) throws LinuxException {
    return call(idType, id, flags | NO_HANG);
  }

  /**
   * Those of our children that are dead and not reaped yet, in one go over many; who is no child of
   * ours is not among them.
   */
  static Set<Integer> deadAmong(int[] pids) {
    Set<Integer> dead = new HashSet<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(SIGINFO_BYTES, 8);
      for (int pid : pids) {
        long result =
            Native.retry(Nr.WAITID, P_PID, pid, info.address(), NO_HANG | EXITED | PEEK, 0);
        if (result == 0 && pidOf(info) == pid) {
          dead.add(pid);
        }
      }
    }
    return dead;
  }

  /** Waits until a child that was just killed is dead, and reaps it. */
  static void reap(int pid) throws LinuxException {
    call(P_PID, pid, 0);
  }

  private static Optional<WaitId> call(int idType, int id, int flags) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(SIGINFO_BYTES, 8);
      long result = Native.retry(Nr.WAITID, idType, id, info.address(), flags | EXITED, 0);
      if (idType == P_ALL && Native.failedWith(result, Errno.ECHILD)) {
        return Optional.empty();
      }
      Native.check(result, "wait for", idType == P_PIDFD ? "pidfd " + id : "process " + id);
      int pid = pidOf(info);
      return pid == 0 ? Optional.empty() : Optional.of(new WaitId(pid, status(info)));
    }
  }

  private static int pidOf(MemorySegment info) {
    return info.get(ValueLayout.JAVA_INT, 16);
  }

  /** From {@code siginfo_t}: signo, errno, code, then pid, uid, status. */
  private static ExitStatus status(MemorySegment info) {
    return ExitStatus.of(info.get(ValueLayout.JAVA_INT, 8), info.get(ValueLayout.JAVA_INT, 24));
  }
}
