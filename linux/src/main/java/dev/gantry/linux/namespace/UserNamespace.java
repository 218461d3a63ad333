package dev.gantry.linux.namespace;

import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import dev.gantry.linux.event.Pipe;
import dev.gantry.linux.namespace.PodNamespaces.PinRequest;
import dev.gantry.linux.process.SyscallProgram;
import dev.gantry.linux.process.SyscallRun;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A pod's user namespace and the namespaces inside it. A JVM has too many threads to make one, so a
 * helper process does: it unshares, waits until its ids are mapped, becomes root in there, sets
 * host name, loopback and sysctls, and waits until it is pinned. It ends with its input, so also
 * when this process dies.
 */
final class UserNamespace {
  private static final int O_WRONLY_CLOEXEC = 1 | 0x80000;
  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int SIOCSIFFLAGS = 0x8914;
  private static final int IFF_UP_RUNNING = 0x1 | 0x40;
  private static final int IFREQ_BYTES = 40;
  private static final int IFREQ_FLAGS = 16;

  /** The lowest number that is free in the helper: its own are 0 to 4. */
  private static final int NEXT_FD = SyscallProgram.FIRST;

  private final SyscallProgram program = new SyscallProgram();

  private UserNamespace() {}

  /** Makes the namespaces and pins them, on a platform thread. On failure nothing is left. */
  static void pin(PinRequest request) throws IOException {
    IdMappings ids = Objects.requireNonNull(request.user());
    try (Pipe go = Pipe.open();
        SyscallRun run = plan(request).prepare(new TreeMap<>(Map.of(0, go.read())))) {
      int pid = run.adopt(run.spawn()).pid();
      await(run);
      map(pid, "uid_map", IdMappings.text(ids.uids()));
      map(pid, "gid_map", IdMappings.text(ids.gids()));
      write(go.write());
      await(run);
      // Ours to wait for, so the number is its own as long as it waits for its input's end.
      PodNamespaces.bind("/proc/" + pid + "/ns/", new EnumMap<>(request.pins()));
    }
  }

  private static void await(SyscallRun run) throws IOException {
    if (run.next().isEmpty()) {
      throw new IOException("make user namespace: the helper was killed");
    }
  }

  /** In one call, as the kernel wants it. */
  private static void map(int pid, String file, String text) throws LinuxException {
    String path = "/proc/" + pid + "/" + file;
    try (Arena arena = Arena.ofConfined()) {
      long name = Native.string(arena, path).address();
      long opened = Native.retry(Nr.OPENAT, Fd.CWD.number(), name, O_WRONLY_CLOEXEC, 0);
      try (Fd fd = Fd.of((int) Native.check(opened, "open", path))) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        MemorySegment from = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
        Native.check(
            Native.retry(Nr.WRITE, fd.number(), from.address(), bytes.length),
            "map ids of user namespace: write \"" + text.strip() + "\" to",
            file);
      }
    }
  }

  private static void write(Fd go) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      go.write(arena.allocate(1));
    }
  }

  private static SyscallProgram plan(PinRequest request) {
    UserNamespace plan = new UserNamespace();
    long buffer = plan.program.bytes(new byte[8]);
    int flags =
        request.pins().keySet().stream().mapToInt(NamespaceType::flag).reduce(0, (a, b) -> a | b);
    int made = plan.add("make namespaces", request.pins().keySet().toString(), Nr.UNSHARE, flags);
    plan.program.report(made);
    plan.add("wait for", "mappings", Nr.READ, 0, buffer, 1);
    plan.add("become", "root", Nr.SETRESGID, 0, 0, 0);
    plan.add("become", "root", Nr.SETRESUID, 0, 0, 0);
    String hostname = request.hostname();
    if (hostname != null) {
      plan.hostname(hostname);
    }
    if (request.loopbackUp() && request.pins().containsKey(NamespaceType.NETWORK)) {
      plan.loopbackUp();
    }
    new TreeMap<>(request.sysctls()).forEach(plan::sysctl);
    plan.program.report(made);
    plan.add("wait for", "pins", Nr.READ, 0, buffer, 1);
    plan.program.exit();
    return plan.program;
  }

  private void hostname(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    program.add("set hostname", name, Nr.SETHOSTNAME, program.bytes(bytes), bytes.length);
  }

  /** netdevice(7): the flags of {@code lo} by a socket of any kind. */
  private void loopbackUp() {
    ByteBuffer request = ByteBuffer.allocate(IFREQ_BYTES).order(ByteOrder.nativeOrder());
    request.put(new byte[] {'l', 'o'}).putShort(IFREQ_FLAGS, (short) IFF_UP_RUNNING);
    long address = program.bytes(request.array());
    add("open", "socket", Nr.SOCKET, AF_INET, SOCK_DGRAM_CLOEXEC, 0);
    add("bring up", "lo", Nr.IOCTL, NEXT_FD, SIOCSIFFLAGS, address);
    add("close", "socket", Nr.CLOSE, NEXT_FD);
  }

  private void sysctl(String name, String value) {
    String subject = name + " = " + value;
    String call = PodNamespaces.SET_SYSCTL;
    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
    long path = program.string("/proc/sys/" + Sysctl.of(name).path());
    program.add(call, subject, Nr.OPENAT, Fd.CWD.number(), path, O_WRONLY_CLOEXEC, 0);
    // In one call: the kernel takes each write for a whole value.
    program.add(call, subject, Nr.WRITE, NEXT_FD, program.bytes(bytes), bytes.length);
    program.add(call, subject, Nr.CLOSE, NEXT_FD);
  }

  private int add(String call, String subject, int number, long... arguments) {
    return program.add("user namespace: " + call, subject, number, arguments);
  }
}
