package dev.gantry.container;

import dev.gantry.container.RuntimeFailure.Kind;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.event.EventLoop;
import dev.gantry.linux.event.EventLoop.Registration;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.process.Pidfd;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Starts a container as {@code crun start} and {@code runc start} do, by the fifo that its first
 * process waits on, without a process of the runtime. A container with hooks needs the real one.
 */
final class ContainerStart {
  private static final String FIFO = "exec.fifo";

  private final RuntimeConfig config;
  private final RuntimeInfo info;
  private final RuntimeCli cli;

  ContainerStart(RuntimeConfig config, RuntimeInfo info, RuntimeCli cli) {
    this.config = config;
    this.info = info;
    this.cli = cli;
  }

  /** Whether the container's first process waits for a start. */
  boolean isAwaited(ContainerRef container) {
    return Files.exists(config.stateOf(container.id()).resolve(FIFO));
  }

  void run(ContainerRef container) throws RuntimeFailure {
    String what = "start container " + container.id();
    if (!container.running()) {
      throw ended(what, null);
    }
    Path fifo = config.stateOf(container.id()).resolve(FIFO);
    boolean known = info.features().fifoStart() && Files.exists(fifo);
    if (!known || RuntimeCli.mayHaveHooks(container.bundle())) {
      cli.must(what, "start", container.id());
      return;
    }
    try {
      if (info.flavor() == RuntimeFlavor.CRUN) {
        write(fifo);
      } else {
        read(fifo, container, what);
      }
    } catch (LinuxException e) {
      boolean nobody = e.errno() == Errno.ENXIO || e.errno() == Errno.EPIPE;
      throw nobody ? ended(what, e) : RuntimeFailure.system(what, e);
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    }
  }

  /** crun's init reads a byte; without it nobody has the fifo open, and the open fails. */
  private static void write(Path fifo) throws LinuxException {
    try (Fd fd = At.open(At.CWD, fifo.toString(), OpenFlags.WRONLY | OpenFlags.NONBLOCK, 0)) {
      // As crun does: a container that has this file counts as created, not running.
      At.unlink(At.CWD, fifo.toString());
      fd.write(ByteBuffer.allocateDirect(1));
    }
  }

  /** runc's init writes a byte as soon as somebody opens the other end. */
  @SuppressWarnings("try") // the watches only have to end
  private void read(Path fifo, ContainerRef container, String what) throws IOException {
    CompletableFuture<Boolean> begun = new CompletableFuture<>();
    Optional<Pidfd> alive = Pidfd.open(Objects.requireNonNull(container.init()));
    if (alive.isEmpty()) {
      throw ended(what, null);
    }
    // In this order: once the fifo is open, it may run its command, and end, at once.
    try (Pidfd init = alive.get();
        Fd fd = At.open(At.CWD, fifo.toString(), OpenFlags.RDONLY | OpenFlags.NONBLOCK, 0)) {
      EventLoop loop = EventLoop.shared();
      InputStream in = fd.input();
      // A short-lived command may have ended before we see its byte, so its death is no answer.
      EventLoop.IoHandler look = events -> begun.complete(in.read() >= 0);
      try (Registration byteWatch = loop.watch(fd, EventLoop.IN, look);
          Registration deathWatch = loop.watch(init.fd(), EventLoop.IN, look)) {
        if (!Futures.await(begun, config.commandDeadline(), what)) {
          throw new RuntimeFailure(Kind.TIMED_OUT, what + ": its first process does not answer");
        }
      }
    }
    if (!Futures.value(begun, what)) {
      throw ended(what, null);
    }
    At.unlink(At.CWD, fifo.toString());
  }

  private static RuntimeFailure ended(String what, @Nullable Throwable cause) {
    String message = what + ": it has ended, or was never made";
    return cause == null
        ? new RuntimeFailure(Kind.NOT_RUNNING, message)
        : new RuntimeFailure(Kind.NOT_RUNNING, message, cause);
  }
}
