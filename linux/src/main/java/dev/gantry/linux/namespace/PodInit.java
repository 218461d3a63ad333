package dev.gantry.linux.namespace;

import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.Errno;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.process.Pidfd;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.linux.process.Signals;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The first process of a pod whose containers share a PID namespace: a catatonit that reaps, and
 * that none of them can use against the host.
 *
 * <p>It has a read-only root of its own with nothing in it but its own program, which nobody may
 * read; a user of no image, no capabilities and no way to get any, a seccomp filter, and no
 * descriptor of ours. It needs no OCI runtime: see {@link Confinement} for how.
 */
public final class PodInit {
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final List<Path> PLACES =
      List.of(
          Path.of("/usr/bin/catatonit"),
          Path.of("/usr/libexec/catatonit/catatonit"),
          Path.of("/usr/libexec/podman/catatonit"),
          Path.of("/usr/local/bin/catatonit"));

  /** No user of any image: 65534 is nobody's, 65535 fits the ids of old file systems. */
  public static final int USER = 65535;

  private PodInit() {}

  /**
   * What to start.
   *
   * @param root directory that becomes the init's root; made and filled if need be, kept
   *     afterwards. Several pods may share one, as it is read-only to them
   * @param catatonit the statically linked program to copy there
   * @param join the pod's pinned NETWORK, IPC, UTS and USER namespaces, or some of them
   * @param user whom the init runs as, also its group: a number in the user namespace, which must
   *     map it
   * @param pidPin file that will hold the new PID namespace; it is made, its directory must be
   *     there
   * @param cgroup where the init runs, which must exist; null for this process's own
   */
  public record Request(
      Path root,
      Path catatonit,
      Map<NamespaceType, Path> join,
      int user,
      Path pidPin,
      @Nullable Cgroup cgroup) {
    public Request {
      join = Map.copyOf(join);
      for (NamespaceType type : join.keySet()) {
        switch (type) {
          case NETWORK, IPC, UTS, USER -> {}
          case PID, MOUNT, CGROUP ->
              throw new IllegalArgumentException(
                  "a pod's init has a " + type.ociName() + " namespace of its own or the host's");
        }
      }
    }
  }

  /** The catatonit of this host, if there is one in a usual place. */
  public static Optional<Path> findCatatonit() {
    return PLACES.stream().filter(Files::isExecutable).findFirst();
  }

  /**
   * Starts the init and pins its PID namespace. On failure nothing is left but the root directory.
   *
   * @throws LinuxException naming the step that failed
   */
  public static ProcessId start(Request request) throws IOException {
    if (!Thread.currentThread().isVirtual()) {
      return PodInitStart.start(request);
    }
    return BlockingCalls.run(
            "start pod init",
            DEADLINE,
            () -> new Late(PodInitStart.start(request), request.pidPin()))
        .init();
  }

  /**
   * Kills an init, and with it all that runs in its PID namespace, and returns when it is dead; one
   * that is dead already is fine. The pin is removed by {@link PodNamespaces#unpin}.
   *
   * @throws LinuxException ETIMEDOUT when it is still there at the deadline
   */
  public static void stop(ProcessId init, Duration deadline) throws LinuxException {
    Optional<Pidfd> open = Pidfd.open(init);
    if (open.isEmpty()) {
      return;
    }
    try (Pidfd pidfd = open.get()) {
      // Not SIGTERM: catatonit ignores one that comes right after its start.
      pidfd.signal(Signals.SIGKILL);
    }
    long until = System.nanoTime() + deadline.toNanos();
    while (init.alive()) {
      if (System.nanoTime() - until >= 0) {
        throw new LinuxException(
            "stop pod init", Integer.toString(init.pid()), Errno.ETIMEDOUT.number());
      }
      LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(200));
    }
  }

  /** An init that nobody waits for any more when it has started at last. */
  private record Late(ProcessId init, Path pidPin) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      stop(init, DEADLINE);
      PodNamespaces.unpin(pidPin);
    }
  }
}
