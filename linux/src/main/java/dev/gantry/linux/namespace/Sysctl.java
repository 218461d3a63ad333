package dev.gantry.linux.namespace;

import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A kernel setting that a pod has for itself; see sysctl(8) and namespaces(7).
 *
 * @param name as it was given
 * @param path below {@code /proc/sys}
 * @param namespace which of the pod's namespaces it belongs to
 */
record Sysctl(String name, String path, NamespaceType namespace) {
  private static final Pattern PART = Pattern.compile("[A-Za-z0-9_.@:-]{1,64}");
  private static final Set<String> OF_IPC =
      Set.of(
          "kernel/msgmax",
          "kernel/msgmnb",
          "kernel/msgmni",
          "kernel/msg_next_id",
          "kernel/sem",
          "kernel/sem_next_id",
          "kernel/shmall",
          "kernel/shmmax",
          "kernel/shmmni",
          "kernel/shm_next_id",
          "kernel/shm_rmid_forced");
  private static final Set<String> OF_UTS = Set.of("kernel/domainname", "kernel/hostname");
  private static final int O_WRONLY_CLOEXEC = 1 | 0x80000;

  /**
   * Reads a name with dots or slashes; as for sysctl(8) the first of them decides which separates,
   * and the other one then stands for itself (an interface's name may have a dot).
   *
   * @throws IllegalArgumentException when it is no name, or is one that all of the host shares
   */
  static Sysctl of(String name) {
    int dot = name.indexOf('.');
    int slash = name.indexOf('/');
    boolean dots = dot >= 0 && (slash < 0 || dot < slash);
    String path = dots ? swapped(name) : name;
    for (String part : path.split("/", -1)) {
      if (!PART.matcher(part).matches() || part.equals(".") || part.equals("..")) {
        throw new IllegalArgumentException("not a sysctl: \"" + name + "\"");
      }
    }
    return new Sysctl(name, path, namespaceOf(name, path));
  }

  /** Dots for slashes and slashes for dots. */
  private static String swapped(String name) {
    StringBuilder path = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      path.append(c == '.' ? '/' : c == '/' ? '.' : c);
    }
    return path.toString();
  }

  private static NamespaceType namespaceOf(String name, String path) {
    if (path.startsWith("net/")) {
      return NamespaceType.NETWORK;
    }
    if (OF_IPC.contains(path) || path.startsWith("fs/mqueue/")) {
      return NamespaceType.IPC;
    }
    if (OF_UTS.contains(path)) {
      return NamespaceType.UTS;
    }
    throw new IllegalArgumentException(
        "sysctl \"" + name + "\" is the host's: it is not separate for a pod");
  }

  /** Sets it in the namespaces of the calling thread. */
  void write(String value) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      String subject = name + " = " + value;
      long path = Native.string(arena, "/proc/sys/" + this.path).address();
      long number = Native.retry(Nr.OPENAT, Fd.CWD.number(), path, O_WRONLY_CLOEXEC, 0);
      try (Fd fd = Fd.of((int) Native.check(number, PodNamespaces.SET_SYSCTL, subject))) {
        // In one call: the kernel takes each write for a whole value.
        MemorySegment bytes =
            arena.allocateFrom(ValueLayout.JAVA_BYTE, value.getBytes(StandardCharsets.UTF_8));
        Native.check(
            Native.retry(Nr.WRITE, fd.number(), bytes.address(), bytes.byteSize()),
            PodNamespaces.SET_SYSCTL,
            subject);
      }
    }
  }
}
