package dev.gantry.linux.namespace;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import dev.gantry.linux.net.Links;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * The network, IPC, UTS and user namespaces of a pod. They are made by a thread that unshares them,
 * or by a helper process when there is a user namespace, are bind-mounted onto files, and outlive
 * it: no process keeps them, the mounts do. See namespaces(7).
 */
public final class PodNamespaces {
  /** The {@link LinuxException#call} of a sysctl that the kernel did not take. */
  public static final String SET_SYSCTL = "set sysctl";

  private static final System.Logger LOG = System.getLogger(PodNamespaces.class.getName());
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int O_CREAT_EXCL = 0x40 | 0x80;
  private static final int MS_BIND = 0x1000;
  private static final int MNT_DETACH = 2;
  private static final int UMOUNT_NOFOLLOW = 8;
  private static final int MOST_MOUNTS_ON_A_PIN = 16;

  private PodNamespaces() {}

  /**
   * What to make.
   *
   * @param pins NETWORK, IPC, UTS and USER, or some of them, with the files that will hold them;
   *     the files are made, their directories must be there
   * @param user the ids of a USER namespace, which owns the others; null with none
   * @param hostname for a new UTS namespace; null keeps the host's
   * @param sysctls values by name, of the namespaces that are made
   * @param loopbackUp whether to bring up {@code lo} in a new network namespace
   */
  public record PinRequest(
      Map<NamespaceType, Path> pins,
      @Nullable IdMappings user,
      @Nullable String hostname,
      Map<String, String> sysctls,
      boolean loopbackUp) {
    /** The same in the host's user namespace. */
    public PinRequest(
        Map<NamespaceType, Path> pins,
        @Nullable String hostname,
        Map<String, String> sysctls,
        boolean loopbackUp) {
      this(pins, null, hostname, sysctls, loopbackUp);
    }

    public PinRequest {
      pins = Map.copyOf(pins);
      sysctls = Map.copyOf(sysctls);
      for (NamespaceType type : pins.keySet()) {
        switch (type) {
          case NETWORK, IPC, UTS, USER -> {}
          case PID, MOUNT, CGROUP ->
              throw new IllegalArgumentException("cannot pin a " + type.ociName() + " namespace");
        }
      }
      if ((user != null) != pins.containsKey(NamespaceType.USER)) {
        throw new IllegalArgumentException("a user namespace and its ids go together");
      }
      if (hostname != null && !pins.containsKey(NamespaceType.UTS)) {
        throw new IllegalArgumentException("a hostname needs a UTS namespace of the pod's own");
      }
      for (String name : sysctls.keySet()) {
        Sysctl sysctl = Sysctl.of(name);
        if (!pins.containsKey(sysctl.namespace())) {
          throw new IllegalArgumentException(
              "sysctl \""
                  + name
                  + "\" needs a "
                  + sysctl.namespace().ociName()
                  + " namespace of the pod's own");
        }
      }
    }
  }

  /**
   * Makes namespaces and pins them. On failure nothing is left.
   *
   * @throws LinuxException naming what failed: EEXIST when a pin's file is there already, EINVAL
   *     for a hostname over 64 bytes or a sysctl's value that the kernel refuses
   */
  public static void pin(PinRequest request) throws IOException {
    if (!request.pins().isEmpty()) {
      Runnable undo = () -> unpinQuietly(request.pins().values(), null);
      OwnThread.run(
          "pin-namespaces",
          DEADLINE,
          () -> {
            if (request.user() == null) {
              pinHere(request);
            } else {
              UserNamespace.pin(request);
            }
            return true;
          },
          undo);
    }
  }

  private static void pinHere(PinRequest request) throws IOException {
    Map<NamespaceType, Path> pins = new EnumMap<>(request.pins());
    int flags = pins.keySet().stream().mapToInt(NamespaceType::flag).reduce(0, (a, b) -> a | b);
    Native.check(Native.syscall(Nr.UNSHARE, flags), "make namespaces", pins.keySet().toString());
    String hostname = request.hostname();
    if (hostname != null) {
      setHostname(hostname);
    }
    if (request.loopbackUp() && pins.containsKey(NamespaceType.NETWORK)) {
      Links.loopbackUp();
    }
    for (Map.Entry<String, String> sysctl : new TreeMap<>(request.sysctls()).entrySet()) {
      Sysctl.of(sysctl.getKey()).write(sysctl.getValue());
    }
    bind("/proc/thread-self/ns/", pins);
  }

  /** Pins the namespaces of a process, all of them or none. */
  static void bind(String source, Map<NamespaceType, Path> pins) throws IOException {
    List<Path> done = new ArrayList<>();
    try {
      for (Map.Entry<NamespaceType, Path> pin : pins.entrySet()) {
        bind(source + pin.getKey().procName(), pin.getValue());
        done.add(pin.getValue());
      }
    } catch (IOException | RuntimeException e) {
      unpinQuietly(done, e);
      throw e;
    }
  }

  private static void setHostname(String hostname) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = Native.string(arena, hostname);
      Native.check(
          Native.syscall(Nr.SETHOSTNAME, name.address(), name.byteSize() - 1),
          "set hostname",
          hostname);
    }
  }

  /**
   * Makes a file and mounts a namespace on it.
   *
   * @param source such as {@code /proc/thread-self/ns/net}
   */
  static void bind(String source, Path pin) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      long target = Native.string(arena, pin.toString()).address();
      long made =
          Native.retry(Nr.OPENAT, Fd.CWD.number(), target, O_RDONLY_CLOEXEC | O_CREAT_EXCL, 0400);
      Fd.of((int) Native.check(made, "make pin", pin.toString())).close();
      long from = Native.string(arena, source).address();
      long result = Native.syscall(Nr.MOUNT, from, target, 0, MS_BIND, 0);
      if (result < 0) {
        Native.syscall(Nr.UNLINKAT, Fd.CWD.number(), target, 0);
        throw new LinuxException("mount " + source + " on", pin.toString(), (int) -result);
      }
    }
  }

  /**
   * Removes a pin and its file; one that is not there, or not mounted, is fine. The namespace ends
   * with the last process in it.
   *
   * @throws LinuxException naming the file
   */
  public static void unpin(Path pin) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      long path = Native.string(arena, pin.toString()).address();
      for (int i = 0; i < MOST_MOUNTS_ON_A_PIN; i++) {
        long result = Native.syscall(Nr.UMOUNT2, path, MNT_DETACH | UMOUNT_NOFOLLOW);
        if (Native.failedWith(result, Errno.EINVAL) || Native.failedWith(result, Errno.ENOENT)) {
          break;
        }
        Native.check(result, "unmount", pin.toString());
      }
      long result = Native.syscall(Nr.UNLINKAT, Fd.CWD.number(), path, 0);
      if (!Native.failedWith(result, Errno.ENOENT)) {
        Native.check(result, "remove pin", pin.toString());
      }
    }
  }

  private static void unpinQuietly(Iterable<Path> pins, @Nullable Exception cause) {
    for (Path pin : pins) {
      try {
        unpin(pin);
      } catch (LinuxException e) {
        if (cause == null) {
          LOG.log(Level.WARNING, "a pin of namespaces that were made too late is left", e);
        } else {
          cause.addSuppressed(e);
        }
      }
    }
  }

  /**
   * Runs a task on a thread of its own in a network namespace; sockets it opens stay there.
   *
   * <p>The task starts no thread, completes no future that others wait for, and uses no executor: a
   * thread that is started from it, by the JVM too, would stay in the namespace for good.
   *
   * @param pin a pinned network namespace, or {@code /proc/<pid>/ns/net}
   * @throws LinuxException when it cannot be entered; else what the task throws, a checked
   *     exception that is no IOException as the cause of one
   */
  public static <T> T inNetwork(Path pin, Callable<T> task) throws IOException {
    return OwnThread.run(
        "in-network",
        DEADLINE,
        () -> {
          enter(NamespaceType.NETWORK, pin);
          return task.call();
        },
        () -> {});
  }

  /** Moves the calling thread into a namespace. */
  private static void enter(NamespaceType type, Path pin) throws LinuxException {
    try (Fd fd = open(pin)) {
      Native.check(
          Native.syscall(Nr.SETNS, fd.number(), type.flag()), "enter namespace", pin.toString());
    }
  }

  static Fd open(Path pin) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      long path = Native.string(arena, pin.toString()).address();
      long number = Native.retry(Nr.OPENAT, Fd.CWD.number(), path, O_RDONLY_CLOEXEC, 0);
      return Fd.of((int) Native.check(number, "open namespace", pin.toString()));
    }
  }
}
