package dev.gantry.linux.process;

import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.event.Pipe;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A run of a {@link SyscallProgram}: prepared, {@linkplain #spawn() started} by the thread whose
 * cgroup it shall be born in, {@linkplain #adopt taken over} by another. For this module only.
 *
 * <p>The helper has an empty environment, a session of its own, and as descriptors 0 to 2 an empty
 * file that is nobody else's and that nobody can write, where it gets no other.
 */
public final class SyscallRun implements AutoCloseable {
  private static final int PROGRAM = 4;

  private final SyscallProgram program;
  private final Pipe report;
  private final PosixSpawn prepared;
  private final List<Fd> files;
  private final Object token = Children.spawning();
  private boolean adopted;

  private SyscallRun(SyscallProgram program, Pipe report, PosixSpawn prepared, List<Fd> files) {
    this.program = program;
    this.report = report;
    this.prepared = prepared;
    this.files = files;
  }

  static SyscallRun prepare(SyscallProgram program, SortedMap<Integer, Fd> given)
      throws LinuxException {
    // Not /dev/null: through /proc/<pid>/fd it would be the host's, within a pod's reach.
    Fd nothing = MemoryFile.of("nothing", new byte[0]);
    Fd file = null;
    Pipe report = null;
    try {
      file = MemoryFile.program("syscalls", program.image());
      report = Pipe.open();
      SortedMap<Integer, Fd> descriptors = new TreeMap<>();
      for (int child = 0; child <= 2; child++) {
        descriptors.put(child, nothing);
      }
      descriptors.putAll(given);
      descriptors.put(SyscallProgram.REPORT, report.write());
      descriptors.put(PROGRAM, file);
      PosixSpawn spawn =
          PosixSpawn.prepare(
              new PosixSpawn.Plan(
                  null,
                  List.of("/proc/self/fd/" + PROGRAM),
                  List.of(),
                  null,
                  descriptors,
                  PosixSpawn.Group.OWN_SESSION));
      return new SyscallRun(program, report, spawn, List.of(nothing, file));
    } catch (LinuxException | RuntimeException e) {
      nothing.close();
      if (file != null) {
        file.close();
      }
      if (report != null) {
        report.close();
      }
      throw e;
    }
  }

  /** Starts the helper and returns its pid, or the negated error number; throws nothing. */
  public int spawn() {
    return prepared.spawn();
  }

  /**
   * Takes over what {@link #spawn} returned: it is watched and reaped from here on.
   *
   * @throws LinuxException when that was an error
   */
  public SpawnedProcess adopt(int result) throws LinuxException {
    adopted = true;
    report.write().close();
    Children.spawned(token, result);
    if (result < 0) {
      throw prepared.failure(result);
    }
    return SpawnedProcess.adopt(result, false);
  }

  /**
   * Takes over a process that the helper has made a child of this one (CLONE_PARENT).
   *
   * @param sibling from a {@link Sibling} that was announced before the helper was started
   */
  public static SpawnedProcess adopt(Sibling sibling, int pid) throws LinuxException {
    Children.spawned(sibling.token, pid);
    return SpawnedProcess.adopt(pid, false);
  }

  /** Says that a helper will make us another child, so that nobody takes that for an orphan. */
  public static final class Sibling implements AutoCloseable {
    private final Object token = Children.spawning();

    @Override
    public void close() {
      Children.spawned(token, 0);
    }
  }

  /**
   * The next result that the helper reports, nothing when it has ended or has become another
   * program. Blocks: on a platform thread only.
   *
   * @throws LinuxException the call of the helper that failed
   */
  public OptionalLong next() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment message = arena.allocate(ValueLayout.JAVA_LONG, 2);
      // Writes of so few bytes come whole, pipe(7).
      if (report.read().read(message) < message.byteSize()) {
        return OptionalLong.empty();
      }
      long result = message.getAtIndex(ValueLayout.JAVA_LONG, 0);
      if (result < 0) {
        int step = (int) message.getAtIndex(ValueLayout.JAVA_LONG, 1);
        throw program.failure(step, (int) -result);
      }
      return OptionalLong.of(result);
    }
  }

  @Override
  public void close() {
    if (!adopted) {
      Children.spawned(token, 0);
    }
    prepared.close();
    report.close();
    files.forEach(Fd::close);
  }
}
