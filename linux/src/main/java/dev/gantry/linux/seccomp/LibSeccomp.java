package dev.gantry.linux.seccomp;

import dev.gantry.linux.Errno;
import dev.gantry.linux.Native;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * The functions of libseccomp.so.2 that a compiler needs; see seccomp_init(3) and its neighbours.
 */
final class LibSeccomp {
  private static final Optional<SymbolLookup> LIBRARY = Native.library("libseccomp.so.2");

  /** Linked when the first profile is compiled. */
  private static final class Functions {
    static final MethodHandle INIT = word("seccomp_init");
    static final MethodHandle RELEASE = word("seccomp_release");
    static final MethodHandle ARCH_RESOLVE = word("seccomp_arch_resolve_name");
    static final MethodHandle ARCH_ADD = word("seccomp_arch_add");
    static final MethodHandle ATTR_SET = word("seccomp_attr_set");
    static final MethodHandle SYSCALL_RESOLVE = word("seccomp_syscall_resolve_name");
    static final MethodHandle RULE_ADD = word("seccomp_rule_add_array");
    static final MethodHandle EXPORT = word("seccomp_export_bpf");

    private Functions() {}

    /** All have the one shape that system calls have, so that nothing more is linked. */
    private static MethodHandle word(String name) {
      ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
      return Native.function(
          LIBRARY.orElseThrow(),
          name,
          FunctionDescriptor.of(word, word, word, word, word, word, word, word),
          Linker.Option.captureCallState("errno"));
    }
  }

  private LibSeccomp() {}

  static boolean available() {
    return LIBRARY.isPresent();
  }

  /** A new filter context, or 0. */
  static long init(int defaultAction) {
    return call(Functions.INIT, defaultAction, 0, 0, 0, 0);
  }

  static void release(long context) {
    call(Functions.RELEASE, context, 0, 0, 0, 0);
  }

  /** The token of an architecture such as {@code x86_64}, or 0. */
  static int resolveArchitecture(MemorySegment name) {
    return (int) call(Functions.ARCH_RESOLVE, name.address(), 0, 0, 0, 0);
  }

  /** Adds an architecture; one that is there already is fine. */
  static int addArchitecture(long context, int token) {
    int result = (int) call(Functions.ARCH_ADD, context, token, 0, 0, 0);
    return result == -Errno.EEXIST.number() ? 0 : result;
  }

  static int setAttribute(long context, int attribute, int value) {
    return (int) call(Functions.ATTR_SET, context, attribute, value, 0, 0);
  }

  /** The number of a system call, or -1 when it is unknown. */
  static int resolveSyscall(MemorySegment name) {
    return (int) call(Functions.SYSCALL_RESOLVE, name.address(), 0, 0, 0, 0);
  }

  static int addRule(long context, int action, int syscall, int count, MemorySegment args) {
    return (int) call(Functions.RULE_ADD, context, action, syscall, count, args.address());
  }

  static int export(long context, int fd) {
    return (int) call(Functions.EXPORT, context, fd, 0, 0, 0);
  }

  private static long call(MethodHandle function, long a, long b, long c, long d, long e) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(8, 8);
      return (long) function.invokeExact(errno, a, b, c, d, e, 0L, 0L);
    } catch (Throwable t) {
      throw Native.rethrow(t);
    }
  }
}
