package dev.gantry.linux.process;

import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A spawn in three parts, for a thread that gives up its root directory and its rights in between:
 * prepared before, {@linkplain #spawn() done} by that thread, and {@linkplain #adopt taken over} by
 * another. For this module only.
 *
 * <p>The program gets an empty environment, a session of its own, and as descriptors 0 to 2 an
 * empty file that is nobody else's and that nobody can write.
 */
public final class ConfinedSpawn implements AutoCloseable {
  private final Fd nothing;
  private final PosixSpawn prepared;
  private final Object token = Children.spawning();
  private boolean adopted;

  private ConfinedSpawn(Fd nothing, PosixSpawn prepared) {
    this.nothing = nothing;
    this.prepared = prepared;
  }

  /** Lays everything out; the program is a path in what will be the root directory then. */
  public static ConfinedSpawn prepare(List<String> argv) throws LinuxException {
    // Not /dev/null: through /proc/<pid>/fd it would be the host's, within the pod's reach.
    Fd nothing = MemoryFile.of("nothing", new byte[0]);
    try {
      SortedMap<Integer, Fd> descriptors = new TreeMap<>();
      for (int child = 0; child <= 2; child++) {
        descriptors.put(child, nothing);
      }
      PosixSpawn prepared =
          PosixSpawn.prepare(
              new PosixSpawn.Plan(
                  argv, List.of(), null, descriptors, PosixSpawn.Group.OWN_SESSION));
      return new ConfinedSpawn(nothing, prepared);
    } catch (LinuxException | RuntimeException e) {
      nothing.close();
      throw e;
    }
  }

  /** Starts the program and returns its pid, or the negated error number; throws nothing. */
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
    Children.spawned(token, result);
    if (result < 0) {
      throw prepared.failure(result);
    }
    return SpawnedProcess.adopt(result, false);
  }

  @Override
  public void close() {
    if (!adopted) {
      Children.spawned(token, 0);
    }
    prepared.close();
    nothing.close();
  }
}
