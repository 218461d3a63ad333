package dev.gantry.linux.process;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * posix_spawn(3) with all its arguments laid out in native memory beforehand, so that {@link
 * #spawn()} itself is one call that needs no Java class, file or path of ours: it also works on a
 * thread that has given up its root directory and its rights.
 *
 * <p>glibc 2.34 or later is needed, for {@code posix_spawn_file_actions_addclosefrom_np}.
 */
final class PosixSpawn implements AutoCloseable {
  /** Which session and process group the child is in. */
  enum Group {
    /** Its parent's. */
    INHERIT(0),
    /** A process group of its own, in its parent's session. */
    OWN_GROUP(0x02),
    /** A session of its own, without a terminal. */
    OWN_SESSION(0x80);

    private final int flag;

    Group(int flag) {
      this.flag = flag;
    }
  }

  private static final int SET_SIGNAL_DEFAULT = 0x04;
  private static final int SET_SIGNAL_MASK = 0x08;
  private static final int O_RDONLY = 0;
  private static final int O_WRONLY = 1;
  private static final int F_DUPFD_CLOEXEC = 1030;

  // Room to spare over glibc's 336 and 80 bytes on x86-64.
  private static final long ATTRIBUTES_BYTES = 512;
  private static final long ACTIONS_BYTES = 256;
  private static final long SIGSET_BYTES = 128;

  /** Linked at the first spawn; all have one shape, the one that system calls have too. */
  private static final class Libc {
    static final MethodHandle SPAWN = word("posix_spawn");
    static final MethodHandle SPAWN_BY_PATH = word("posix_spawnp");
    static final MethodHandle ACTIONS_INIT = word("posix_spawn_file_actions_init");
    static final MethodHandle ACTIONS_DESTROY = word("posix_spawn_file_actions_destroy");
    static final MethodHandle ADD_OPEN = word("posix_spawn_file_actions_addopen");
    static final MethodHandle ADD_DUP2 = word("posix_spawn_file_actions_adddup2");
    static final MethodHandle ADD_CLOSE = word("posix_spawn_file_actions_addclose");
    static final MethodHandle ADD_CLOSE_FROM = word("posix_spawn_file_actions_addclosefrom_np");
    static final MethodHandle ADD_CHDIR = word("posix_spawn_file_actions_addchdir_np");
    static final MethodHandle ATTRIBUTES_INIT = word("posix_spawnattr_init");
    static final MethodHandle SET_FLAGS = word("posix_spawnattr_setflags");
    static final MethodHandle SET_DEFAULT = word("posix_spawnattr_setsigdefault");
    static final MethodHandle SET_MASK = word("posix_spawnattr_setsigmask");

    private Libc() {}

    private static MethodHandle word(String name) {
      ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
      return Native.libc(
          name,
          FunctionDescriptor.of(word, word, word, word, word, word, word, word),
          Linker.Option.captureCallState("errno"));
    }
  }

  /**
   * What to spawn.
   *
   * @param program what to execute, or null for what argv begins with
   * @param argv the program, searched for in PATH when it has no slash, and its arguments
   * @param environment entries {@code NAME=value}
   * @param directory working directory, or null for ours
   * @param descriptors the child's descriptors and ours they are made of; 0, 1 and 2 are opened on
   *     /dev/null when not given, all others are closed
   * @param group session and process group
   */
  record Plan(
      @Nullable Path program,
      List<String> argv,
      List<String> environment,
      @Nullable Path directory,
      SortedMap<Integer, Fd> descriptors,
      Group group) {
    /** The file to execute, as a path or a name to look for. */
    String executed() {
      return program == null ? argv.getFirst() : program.toString();
    }
  }

  private final Plan plan;
  private final Arena arena = Arena.ofShared();
  private final List<Fd> duplicates = new ArrayList<>();
  private final MemorySegment errno = arena.allocate(8, 8);
  private final MemorySegment pid = arena.allocate(8, 8);
  private final MemorySegment actions = arena.allocate(ACTIONS_BYTES, 16);
  private final MemorySegment attributes = arena.allocate(ATTRIBUTES_BYTES, 16);
  private final MemorySegment program;
  private final MemorySegment argv;
  private final MemorySegment environment;
  private final MethodHandle function;

  /** Lays everything out. */
  static PosixSpawn prepare(Plan plan) throws LinuxException {
    PosixSpawn spawn = new PosixSpawn(plan);
    try {
      spawn.fillAttributes();
      spawn.fillActions();
      return spawn;
    } catch (LinuxException | RuntimeException e) {
      spawn.close();
      throw e;
    }
  }

  private PosixSpawn(Plan plan) throws LinuxException {
    this.plan = plan;
    String name = plan.executed();
    program = Native.string(arena, name);
    argv = Native.strings(arena, plan.argv());
    environment = Native.strings(arena, plan.environment());
    function = name.indexOf('/') >= 0 ? Libc.SPAWN : Libc.SPAWN_BY_PATH;
    must(call(Libc.ACTIONS_INIT, actions.address(), 0, 0, 0), "prepare spawn");
  }

  private void fillAttributes() throws LinuxException {
    long at = attributes.address();
    MemorySegment none = arena.allocate(SIGSET_BYTES, 8);
    MemorySegment all = arena.allocate(SIGSET_BYTES, 8).fill((byte) 0xff);
    must(call(Libc.ATTRIBUTES_INIT, at, 0, 0, 0), "prepare spawn");
    int flags = SET_SIGNAL_DEFAULT | SET_SIGNAL_MASK | plan.group().flag;
    must(call(Libc.SET_FLAGS, at, flags, 0, 0), "prepare spawn");
    must(call(Libc.SET_DEFAULT, at, all.address(), 0, 0), "prepare spawn");
    must(call(Libc.SET_MASK, at, none.address(), 0, 0), "prepare spawn");
  }

  private void fillActions() throws LinuxException {
    long at = actions.address();
    SortedMap<Integer, Fd> wanted = plan.descriptors();
    int last = Math.max(2, wanted.isEmpty() ? 0 : wanted.lastKey());
    for (int child = 0; child <= last; child++) {
      Fd source = wanted.get(child);
      if (source != null) {
        must(call(Libc.ADD_DUP2, at, movedAside(source, child, last), child, 0), "pass fd");
      } else if (child > 2) {
        must(call(Libc.ADD_CLOSE, at, child, 0, 0), "close fd");
      } else {
        long devNull = Native.string(arena, "/dev/null").address();
        int mode = child == 0 ? O_RDONLY : O_WRONLY;
        must(call(Libc.ADD_OPEN, at, child, devNull, mode), "open /dev/null");
      }
    }
    must(call(Libc.ADD_CLOSE_FROM, at, last + 1L, 0, 0), "close fds");
    Path directory = plan.directory();
    if (directory != null) {
      long path = Native.string(arena, directory.toString()).address();
      must(call(Libc.ADD_CHDIR, at, path, 0, 0), "change directory");
    }
  }

  /** A source that one of the child's descriptors would overwrite is duplicated above them all. */
  private int movedAside(Fd source, int child, int last) throws LinuxException {
    if (source.number() > last || source.number() == child) {
      return source.number();
    }
    long number = Native.syscall(Nr.FCNTL, source.number(), F_DUPFD_CLOEXEC, last + 1L);
    Fd duplicate = Fd.of((int) Native.check(number, "duplicate", source.toString()));
    duplicates.add(duplicate);
    return duplicate.number();
  }

  /**
   * Starts the program and returns its pid, or the negated error number. Returns when the program
   * is loaded: the kernel runs the child first.
   */
  int spawn() {
    try {
      long result =
          (long)
              function.invokeExact(
                  errno,
                  pid.address(),
                  program.address(),
                  actions.address(),
                  attributes.address(),
                  argv.address(),
                  environment.address(),
                  0L);
      return (int) result != 0 ? -(int) result : pid.get(ValueLayout.JAVA_INT, 0);
    } catch (Throwable t) {
      throw Native.rethrow(t);
    }
  }

  /** The error for people: it names the directory where that is what is missing. */
  LinuxException failure(int negatedErrno) {
    String program = plan.executed();
    Path directory = plan.directory();
    Errno errno = Errno.of(-negatedErrno);
    boolean missing = errno == Errno.ENOENT || errno == Errno.ENOTDIR;
    if (missing && directory != null && !Files.isDirectory(directory)) {
      return new LinuxException("spawn " + program + " in", directory.toString(), -negatedErrno);
    }
    return new LinuxException("spawn", program, -negatedErrno);
  }

  private long call(MethodHandle function, long a, long b, long c, long d) {
    try {
      return (int) (long) function.invokeExact(errno, a, b, c, d, 0L, 0L, 0L);
    } catch (Throwable t) {
      throw Native.rethrow(t);
    }
  }

  private static void must(long error, String what) throws LinuxException {
    if (error != 0) {
      throw new LinuxException(what, "", (int) error);
    }
  }

  @Override
  public void close() {
    call(Libc.ACTIONS_DESTROY, actions.address(), 0, 0, 0);
    duplicates.forEach(Fd::close);
    arena.close();
  }
}
