package dev.gantry.linux.seccomp;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Native;
import dev.gantry.linux.Nr;
import dev.gantry.linux.seccomp.SeccompProfile.Arg;
import dev.gantry.linux.seccomp.SeccompProfile.Rule;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compiles seccomp profiles to the BPF program that the kernel takes, by libseccomp.
 *
 * <p>The result is the same for the same profile: a runtime that gets it (crun's {@code
 * run.oci.seccomp_bpf_data}) compiles nothing itself.
 */
public final class SeccompCompiler {
  private static final int ATTR_OPTIMIZE = 8;
  private static final int OPTIMIZE_BINARY_TREE = 2;
  private static final int ARG_BYTES = 24;
  private static final int MOST_ARGS = 6;
  private static final int MFD_CLOEXEC = 1;

  private final Arena arena;
  private final long context;
  private final SeccompProfile profile;

  private SeccompCompiler(Arena arena, long context, SeccompProfile profile) {
    this.arena = arena;
    this.context = context;
    this.profile = profile;
  }

  /** Whether this host has libseccomp. */
  public static boolean available() {
    return LibSeccomp.available();
  }

  /**
   * Compiles a profile for the native architecture and those it names.
   *
   * @return the bytes of an array of {@code struct sock_filter}; see seccomp(2)
   * @throws SeccompException naming the architecture, call or rule that libseccomp refuses, or that
   *     there is no libseccomp
   */
  public static byte[] compile(SeccompProfile profile) throws IOException {
    if (!available()) {
      throw new SeccompException("compile seccomp profile: libseccomp.so.2 is not installed");
    }
    int defaultErrno = errno(profile.defaultErrno());
    long context = LibSeccomp.init(profile.defaultAction().code(defaultErrno));
    if (context == 0) {
      throw new SeccompException(
          "compile seccomp profile: libseccomp refuses the default action "
              + profile.defaultAction());
    }
    try (Arena arena = Arena.ofConfined()) {
      return new SeccompCompiler(arena, context, profile).compile();
    } finally {
      LibSeccomp.release(context);
    }
  }

  private byte[] compile() throws IOException {
    for (String name : profile.architectures()) {
      addArchitecture(name);
    }
    // Libraries before 2.5 do not know the binary tree; their filters are slower, not wrong.
    LibSeccomp.setAttribute(context, ATTR_OPTIMIZE, OPTIMIZE_BINARY_TREE);
    for (Rule rule : profile.rules()) {
      addRule(rule);
    }
    return export();
  }

  private void addArchitecture(String ociName) throws IOException {
    String name =
        ociName.startsWith("SCMP_ARCH_")
            ? ociName.substring("SCMP_ARCH_".length()).toLowerCase(Locale.ROOT)
            : ociName;
    int token = LibSeccomp.resolveArchitecture(Native.string(arena, name));
    if (token == 0) {
      throw new SeccompException("compile seccomp profile: unknown architecture " + ociName);
    }
    check(LibSeccomp.addArchitecture(context, token), "architecture " + ociName);
  }

  private void addRule(Rule rule) throws IOException {
    int action = rule.action().code(errno(rule.errno()));
    // libseccomp refuses a rule that says what the default says.
    if (action == profile.defaultAction().code(errno(profile.defaultErrno()))) {
      return;
    }
    List<List<Arg>> conditions = conditions(rule.args());
    for (String name : rule.names()) {
      int syscall = LibSeccomp.resolveSyscall(Native.string(arena, name));
      if (syscall == -1) {
        continue;
      }
      for (List<Arg> all : conditions) {
        check(
            LibSeccomp.addRule(context, action, syscall, all.size(), array(all)),
            "rule for " + name);
      }
    }
  }

  /** One rule of all conditions; or one rule each when several are about the same argument. */
  private static List<List<Arg>> conditions(List<Arg> args) {
    Set<Integer> seen = new HashSet<>();
    if (args.stream().allMatch(arg -> seen.add(arg.index()))) {
      return List.of(args);
    }
    List<List<Arg>> single = new ArrayList<>();
    args.forEach(arg -> single.add(List.of(arg)));
    return single;
  }

  /** {@code struct scmp_arg_cmp}: argument, operator, and two values. */
  private MemorySegment array(List<Arg> args) {
    MemorySegment array = arena.allocate((long) ARG_BYTES * MOST_ARGS, 8);
    for (int i = 0; i < args.size(); i++) {
      Arg arg = args.get(i);
      long at = (long) i * ARG_BYTES;
      array.set(ValueLayout.JAVA_INT, at, arg.index());
      array.set(ValueLayout.JAVA_INT, at + 4, arg.op().code());
      array.set(ValueLayout.JAVA_LONG, at + 8, arg.value());
      array.set(ValueLayout.JAVA_LONG, at + 16, arg.valueTwo());
    }
    return array;
  }

  private byte[] export() throws IOException {
    long number =
        Native.syscall(Nr.MEMFD_CREATE, Native.string(arena, "seccomp").address(), MFD_CLOEXEC);
    try (Fd memory = Fd.of((int) Native.check(number, "make memory file", "seccomp"))) {
      check(LibSeccomp.export(context, memory.number()), "whole profile");
      Native.check(Native.syscall(Nr.LSEEK, memory.number(), 0, 0), "rewind", "seccomp");
      return readAll(memory);
    }
  }

  private byte[] readAll(Fd memory) throws LinuxException {
    MemorySegment buffer = arena.allocate(64 << 10);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (long count = memory.read(buffer); count > 0; count = memory.read(buffer)) {
      all.write(buffer.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE), 0, (int) count);
    }
    return all.toByteArray();
  }

  private static int errno(@Nullable Integer errno) {
    return errno == null ? -1 : errno;
  }

  private static void check(int result, String what) throws SeccompException {
    if (result < 0) {
      Errno errno = Errno.of(-result);
      throw new SeccompException(
          "compile seccomp profile: " + what + ": " + errno + ": " + errno.text());
    }
  }
}
