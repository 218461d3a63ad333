package dev.gantry.container;

import dev.gantry.container.RuntimeFailure.Kind;
import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.process.ProcessId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/**
 * Tells conmon to go on in a new log file, by its control fifo ({@code src/ctrl.c}).
 *
 * <p>conmon neither answers nor survives a missing directory, and it puts its new file over
 * whatever has the name: so the directory is looked at first, the new file is waited for, and a log
 * that conmon writes already is left as it is.
 */
final class LogReopening {
  private static final String REOPEN = "2 0 0\n";
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final int LOG_MODE = 0640;
  private static final long FIRST_PAUSE_NANOS = 100_000;
  private static final long LONGEST_PAUSE_NANOS = 20_000_000;

  private LogReopening() {}

  static void run(ContainerRef container, Runnable awaited) throws RuntimeFailure {
    String what = "reopen log of container " + container.id();
    Path log = container.logPath();
    if (log == null) {
      throw new RuntimeFailure(Kind.LOG_PATH, what + ": it has no log");
    }
    if (!container.running()) {
      throw new RuntimeFailure(Kind.NOT_RUNNING, what + ": it is not running");
    }
    ProcessId conmon = container.conmon();
    if (conmon == null || !conmon.alive()) {
      throw new RuntimeFailure(Kind.MONITOR_LOST, what + ": conmon is gone");
    }
    try {
      Told told = inKernel(what, () -> tell(container, conmon, log));
      if (told.anew()) {
        await(conmon, told, what, awaited);
      }
    } catch (LinuxException e) {
      throw e.errno() == Errno.ENXIO || e.errno() == Errno.EPIPE
          ? new RuntimeFailure(Kind.MONITOR_LOST, what + ": conmon is gone", e)
          : RuntimeFailure.system(what, e);
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    }
  }

  /**
   * What conmon was told.
   *
   * @param anew whether it is to open the log anew
   * @param log the log's path, free of links
   * @param before what was there
   */
  private record Told(boolean anew, Path log, Optional<FileStat> before) {}

  /** The directory of the log is the caller's, and may be on a file system that hangs. */
  private static <T> T inKernel(String what, Callable<T> step) throws IOException {
    return BlockingCalls.run(what, DEADLINE, step);
  }

  private static Told tell(ContainerRef container, ProcessId conmon, Path log) throws IOException {
    Path real = LogTarget.check(log);
    Optional<FileStat> before = At.find(At.CWD, real.toString(), false);
    if (before.isPresent() && writes(conmon, before.get())) {
      return new Told(false, real, before);
    }
    Path room = makeRoom(real);
    boolean done = false;
    try {
      tell(container);
      done = true;
    } finally {
      if (!done) {
        Files.deleteIfExists(room);
      }
    }
    return new Told(true, real, before);
  }

  /**
   * Makes the file that conmon will rename: where there is no room for one it would end, and the
   * container with it.
   */
  private static Path makeRoom(Path log) throws RuntimeFailure {
    Path file = log.resolveSibling(log.getFileName() + ".tmp");
    int flags = OpenFlags.WRONLY | OpenFlags.CREAT | OpenFlags.NOFOLLOW | OpenFlags.NONBLOCK;
    try {
      At.open(At.CWD, file.toString(), flags, LOG_MODE).close();
      return file;
    } catch (LinuxException e) {
      throw new RuntimeFailure(
          Kind.SYSTEM, "log " + log + ": no new one can be made: " + e.getMessage(), e);
    }
  }

  private static boolean writes(ProcessId conmon, FileStat log) throws IOException {
    Path fds = Path.of("/proc", Integer.toString(conmon.pid()), "fd");
    try (DirectoryStream<Path> open = Files.newDirectoryStream(fds)) {
      for (Path fd : open) {
        Optional<FileStat> stat = At.find(At.CWD, fd.toString(), true);
        if (stat.isPresent() && stat.get().sameFile(log)) {
          return true;
        }
      }
      return false;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private static void tell(ContainerRef container) throws LinuxException {
    Path control = container.bundle().resolve("ctl");
    byte[] line = REOPEN.getBytes(StandardCharsets.US_ASCII);
    try (Fd fd = At.open(At.CWD, control.toString(), OpenFlags.WRONLY | OpenFlags.NONBLOCK, 0)) {
      fd.write(ByteBuffer.allocateDirect(line.length).put(line).flip());
    }
  }

  private static void await(ProcessId conmon, Told told, String what, Runnable awaited)
      throws IOException {
    long begin = System.nanoTime();
    while (true) {
      awaited.run();
      Optional<FileStat> now = inKernel(what, () -> At.find(At.CWD, told.log().toString(), false));
      if (now.isPresent()
          && (told.before().isEmpty() || !now.get().sameFile(told.before().get()))) {
        return;
      }
      if (!conmon.alive()) {
        throw new RuntimeFailure(Kind.MONITOR_LOST, what + ": conmon ended over it");
      }
      long waited = System.nanoTime() - begin;
      if (waited > DEADLINE.toNanos()) {
        throw new RuntimeFailure(
            Kind.TIMED_OUT,
            what + ": conmon made no new file within " + DEADLINE.toSeconds() + " s");
      }
      // In proportion: where the disk is full, who asked has to see to the new file soon.
      LockSupport.parkNanos(Math.clamp(waited / 8, FIRST_PAUSE_NANOS, LONGEST_PAUSE_NANOS));
    }
  }
}
