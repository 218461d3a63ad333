package dev.gantry.linux.process;

import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.process.PosixSpawn.Group;
import dev.gantry.linux.process.PosixSpawn.Plan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Starts a program by posix_spawn(3), in half the time {@link ProcessBuilder} takes.
 *
 * <p>The program gets the descriptors that are named here and no other, default signal handlers, no
 * blocked signals, and an empty environment unless one is given. Instances are not for use by two
 * threads at once; the same one may start several processes.
 */
public final class Spawn {
  /** How long the loading of a program may take before the caller gives up on it. */
  private static final Duration LOAD_DEADLINE = Duration.ofSeconds(30);

  private static final int HIGHEST_CHILD_FD = 255;

  private final List<String> argv;
  private final Map<String, String> environment = new LinkedHashMap<>();
  private final SortedMap<Integer, Fd> descriptors = new TreeMap<>();
  private @Nullable Path program;
  private @Nullable Path directory;
  private byte @Nullable [] input;
  private Group group = Group.INHERIT;
  private Duration drain = Duration.ofSeconds(1);

  /**
   * What a program that ran to its end, or to its deadline, left.
   *
   * @param exit how it ended
   * @param output its output, at most as many bytes as asked for
   * @param stderr its error output, as bounded
   * @param timedOut whether it was killed at the deadline
   * @param truncated whether it wrote more than was kept, to either
   */
  public record Result(
      ExitStatus exit, Output output, String stderr, boolean timedOut, boolean truncated) {
    /** Whether it ended by itself with 0. */
    public boolean success() {
      return !timedOut && exit.success();
    }

    /** The output's bytes. */
    public byte[] stdout() {
      return output.bytes();
    }

    /** The output as UTF-8 text. */
    public String stdoutText() {
      return new String(output.bytes(), StandardCharsets.UTF_8);
    }
  }

  /** Bytes that a program wrote. */
  public static final class Output {
    private final byte[] bytes;

    Output(byte[] bytes) {
      this.bytes = bytes;
    }

    byte[] bytes() {
      return bytes;
    }

    @Override
    public String toString() {
      return bytes.length + " bytes";
    }
  }

  private Spawn(List<String> argv) {
    if (argv.isEmpty() || argv.getFirst().isEmpty()) {
      throw new IllegalArgumentException("no program to spawn");
    }
    this.argv = List.copyOf(argv);
  }

  /** A program, searched for in PATH when it has no slash, and its arguments. */
  public static Spawn of(String... argv) {
    return new Spawn(List.of(argv));
  }

  /** A program, searched for in PATH when it has no slash, and its arguments. */
  public static Spawn of(List<String> argv) {
    return new Spawn(argv);
  }

  /** Adds variables to the environment. */
  public Spawn env(Map<String, String> variables) {
    variables.forEach(this::env);
    return this;
  }

  /** Adds a variable to the environment. */
  public Spawn env(String name, String value) {
    if (name.isEmpty() || name.indexOf('=') >= 0) {
      throw new IllegalArgumentException("not a variable's name: \"" + name + "\"");
    }
    environment.put(name, value);
    return this;
  }

  /** Adds this JVM's environment; what {@link #env} adds afterwards replaces it. */
  public Spawn inheritEnv() {
    environment.putAll(System.getenv());
    return this;
  }

  /** What to execute, absolute, in place of the program that the arguments begin with. */
  public Spawn executing(Path file) {
    program = file;
    return this;
  }

  /** The working directory; a program named by a relative path is looked for there. */
  public Spawn cwd(Path path) {
    directory = path;
    return this;
  }

  /** Standard input; /dev/null when not given. The descriptor stays the caller's to close. */
  public Spawn stdin(Fd fd) {
    return passFd(fd, 0);
  }

  /** Standard output; /dev/null when not given. The descriptor stays the caller's to close. */
  public Spawn stdout(Fd fd) {
    return passFd(fd, 1);
  }

  /** Error output; /dev/null when not given. The descriptor stays the caller's to close. */
  public Spawn stderr(Fd fd) {
    return passFd(fd, 2);
  }

  /** What standard input holds, for the program to read to its end. */
  public Spawn stdinBytes(byte[] bytes) {
    input = bytes.clone();
    return this;
  }

  /** Gives the program a duplicate of a descriptor under this number, 0 to 255. */
  public Spawn passFd(Fd parentFd, int childFd) {
    if (childFd < 0 || childFd > HIGHEST_CHILD_FD) {
      throw new IllegalArgumentException("not a descriptor for a child: " + childFd);
    }
    descriptors.put(childFd, parentFd);
    return this;
  }

  /** Puts the program into a session of its own, without a terminal; see setsid(2). */
  public Spawn newSession() {
    group = Group.OWN_SESSION;
    return this;
  }

  /**
   * How long {@link #run} waits for the end of the output after the program has ended, when
   * something it left running still holds its pipes; a second unless given.
   */
  public Spawn drain(Duration atMost) {
    drain = atMost;
    return this;
  }

  /**
   * Starts the program and returns when it is loaded.
   *
   * @throws LinuxException naming the program: ENOENT when it is not there, EACCES, ENOEXEC …;
   *     EINVAL when an argument or variable has a NUL inside
   * @throws IOException when the program could not be loaded within 30 s
   */
  public SpawnedProcess start() throws IOException {
    return start(false);
  }

  /**
   * Runs the program to its end and returns what it wrote. At the deadline, or when the calling
   * thread is interrupted, the program is killed with its process group, and its pipes are closed.
   *
   * @param deadline after which it is killed
   * @param maxOutputBytes how much of each of its outputs is kept; the rest is read and dropped
   * @throws IOException as {@link #start}; InterruptedIOException when interrupted
   */
  public Result run(Duration deadline, int maxOutputBytes) throws IOException {
    return new SpawnRun(deadline, maxOutputBytes, drain).run(this);
  }

  /** A copy for one run, with outputs of its own and at least a process group of its own. */
  Spawn forRun(Fd stdout, Fd stderr) {
    Spawn copy = new Spawn(argv);
    copy.environment.putAll(environment);
    copy.descriptors.putAll(descriptors);
    copy.program = program;
    copy.directory = directory;
    copy.input = input;
    copy.group = group == Group.INHERIT ? Group.OWN_GROUP : group;
    return copy.stdout(stdout).stderr(stderr);
  }

  SpawnedProcess start(boolean held) throws IOException {
    if (!Thread.currentThread().isVirtual()) {
      return startHere(held);
    }
    // Loading a program may wait for a disk, and would hold the virtual thread's carrier.
    return BlockingCalls.run(
            "spawn " + argv.getFirst(), LOAD_DEADLINE, () -> new Late(startHere(held)))
        .process();
  }

  private SpawnedProcess startHere(boolean held) throws LinuxException {
    byte[] bytes = input;
    if (bytes == null) {
      return spawn(descriptors, held);
    }
    try (Fd memory = MemoryFile.of("stdin", bytes)) {
      SortedMap<Integer, Fd> all = new TreeMap<>(descriptors);
      all.put(0, memory);
      return spawn(all, held);
    }
  }

  private SpawnedProcess spawn(SortedMap<Integer, Fd> with, boolean held) throws LinuxException {
    List<String> variables = new ArrayList<>();
    environment.forEach((name, value) -> variables.add(name + "=" + value));
    try (PosixSpawn prepared =
        PosixSpawn.prepare(new Plan(program, argv, variables, directory, with, group))) {
      return spawn(prepared, held);
    }
  }

  /** Spawns what is prepared and takes it over. */
  static SpawnedProcess spawn(PosixSpawn prepared, boolean held) throws LinuxException {
    Object token = Children.spawning();
    int pid = 0;
    try {
      pid = prepared.spawn();
    } finally {
      Children.spawned(token, pid);
    }
    if (pid < 0) {
      throw prepared.failure(pid);
    }
    return SpawnedProcess.adopt(pid, held);
  }

  /** A process that is killed when nobody waits for its start any more. */
  private record Late(SpawnedProcess process) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      process.kill(Signals.SIGKILL);
      process.release();
    }
  }
}
