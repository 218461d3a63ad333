package dev.gantry.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The plumbing under every class of this module: system calls, functions of shared libraries, and C
 * strings. For this module only.
 *
 * <p>Nearly everything goes through the one function {@code syscall(2)} with six word arguments. A
 * downcall costs some milliseconds the first time its <em>shape</em> is linked, so one shape for
 * the whole kernel keeps the start-up short; the numbers are in {@link Nr}.
 *
 * <p>Segments are passed by {@link MemorySegment#address()}: keep their arena open across the call
 * (try-with-resources does).
 */
public final class Native {
  private static final long ERRNO_BYTES = 8;

  private static final ThreadLocal<MemorySegment> ERRNO =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(ERRNO_BYTES, ERRNO_BYTES));

  private Native() {}

  /** Linked when the first system call is made, not when this class is loaded. */
  private static final class Syscall {
    private static final MethodHandle HANDLE =
        words(Linker.nativeLinker().defaultLookup(), "syscall");

    private Syscall() {}
  }

  /**
   * Makes one system call and answers as the kernel does: the result, or the negated error number.
   * An interrupted call is <em>not</em> repeated.
   *
   * @param number of {@link Nr}
   */
  public static long syscall(long number, long a, long b, long c, long d, long e, long f) {
    // A virtual thread may be one of thousands: nothing is kept for it.
    if (Thread.currentThread().isVirtual()) {
      try (Arena arena = Arena.ofConfined()) {
        return syscall(arena.allocate(ERRNO_BYTES, ERRNO_BYTES), number, a, b, c, d, e, f);
      }
    }
    return syscall(ERRNO.get(), number, a, b, c, d, e, f);
  }

  private static long syscall(
      MemorySegment errno, long number, long a, long b, long c, long d, long e, long f) {
    try {
      long result = (long) Syscall.HANDLE.invokeExact(errno, number, a, b, c, d, e, f);
      return result == -1 ? -errno.get(ValueLayout.JAVA_INT, 0) : result;
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  public static long syscall(long number) {
    return syscall(number, 0, 0, 0, 0, 0, 0);
  }

  public static long syscall(long number, long a) {
    return syscall(number, a, 0, 0, 0, 0, 0);
  }

  public static long syscall(long number, long a, long b) {
    return syscall(number, a, b, 0, 0, 0, 0);
  }

  public static long syscall(long number, long a, long b, long c) {
    return syscall(number, a, b, c, 0, 0, 0);
  }

  public static long syscall(long number, long a, long b, long c, long d) {
    return syscall(number, a, b, c, d, 0, 0);
  }

  public static long syscall(long number, long a, long b, long c, long d, long e) {
    return syscall(number, a, b, c, d, e, 0);
  }

  /** {@link #syscall}, repeated while a signal interrupts it. Never for close(2). */
  public static long retry(long number, long a, long b, long c, long d, long e, long f) {
    while (true) {
      long result = syscall(number, a, b, c, d, e, f);
      if (result != -Errno.EINTR.number()) {
        return result;
      }
    }
  }

  public static long retry(long number, long a) {
    return retry(number, a, 0, 0, 0, 0, 0);
  }

  public static long retry(long number, long a, long b) {
    return retry(number, a, b, 0, 0, 0, 0);
  }

  public static long retry(long number, long a, long b, long c) {
    return retry(number, a, b, c, 0, 0, 0);
  }

  public static long retry(long number, long a, long b, long c, long d) {
    return retry(number, a, b, c, d, 0, 0);
  }

  public static long retry(long number, long a, long b, long c, long d, long e) {
    return retry(number, a, b, c, d, e, 0);
  }

  /** Passes a good result on; a negative one becomes a {@link LinuxException}. */
  public static long check(long result, String call, String subject) throws LinuxException {
    if (result < 0) {
      throw new LinuxException(call, subject, (int) -result);
    }
    return result;
  }

  /** True when {@code result} of {@link #syscall} is this error. */
  public static boolean failedWith(long result, Errno errno) {
    return result == -errno.number();
  }

  /**
   * A shared library by its soname ({@code libcrypto.so.3}), empty when the system has none. It
   * stays loaded; keep the answer in a lazy holder.
   */
  public static Optional<SymbolLookup> library(String soname) {
    try {
      return Optional.of(SymbolLookup.libraryLookup(soname, Arena.global()));
    } catch (IllegalArgumentException absent) {
      return Optional.empty();
    }
  }

  /**
   * Links one function. Keep the handle in a {@code static final} field of a holder class, so that
   * it is linked at its first use and the compiler can inline it.
   *
   * @throws UnsatisfiedLinkError when the library has no such function
   */
  public static MethodHandle function(
      SymbolLookup library, String name, FunctionDescriptor descriptor, Linker.Option... options) {
    MemorySegment symbol =
        library.find(name).orElseThrow(() -> new UnsatisfiedLinkError("no function " + name));
    return Linker.nativeLinker().downcallHandle(symbol, descriptor, options);
  }

  /**
   * {@link #function(SymbolLookup, String, FunctionDescriptor, Linker.Option...)} of the C library.
   */
  public static MethodHandle libc(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    return function(Linker.nativeLinker().defaultLookup(), name, descriptor, options);
  }

  /**
   * A NUL-terminated copy of a name or path in the bytes of {@link FileName}.
   *
   * @throws LinuxException EINVAL when the text has a NUL inside: the kernel would see another name
   */
  public static MemorySegment string(Arena arena, String text) throws LinuxException {
    byte[] bytes = FileName.toBytes(text);
    for (byte b : bytes) {
      if (b == 0) {
        throw new LinuxException("use name", text.replace('\0', '?'), Errno.EINVAL, "NUL in name");
      }
    }
    return string(arena, bytes);
  }

  /** A NUL-terminated copy of bytes that have no NUL inside. */
  public static MemorySegment string(Arena arena, byte[] bytes) {
    MemorySegment segment = arena.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return segment;
  }

  /** What a {@code char *} array wants: the addresses of the strings and a closing null pointer. */
  public static MemorySegment strings(Arena arena, Iterable<String> texts) throws LinuxException {
    List<MemorySegment> copies = new ArrayList<>();
    for (String text : texts) {
      copies.add(string(arena, text));
    }
    MemorySegment array = arena.allocate(ValueLayout.ADDRESS, copies.size() + 1L);
    for (int i = 0; i < copies.size(); i++) {
      array.setAtIndex(ValueLayout.ADDRESS, i, copies.get(i));
    }
    return array;
  }

  /**
   * The text of the first {@code length} bytes at {@code offset}, as {@link FileName} reads them.
   */
  public static String text(MemorySegment segment, long offset, int length) {
    byte[] bytes = new byte[length];
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
    return FileName.toString(bytes);
  }

  /**
   * Links a function with the one shape that system calls have: seven words in, a word out, errno
   * captured. {@link CFunction} is the way to use it.
   */
  static MethodHandle words(SymbolLookup library, String name) {
    ValueLayout.OfLong word = ValueLayout.JAVA_LONG;
    return function(
        library,
        name,
        FunctionDescriptor.of(word, word, word, word, word, word, word, word),
        Linker.Option.captureCallState("errno"));
  }

  /** Calls a handle of {@link #words}. */
  static long invokeWords(MethodHandle handle, long a, long b, long c, long d, long e, long f) {
    if (Thread.currentThread().isVirtual()) {
      try (Arena arena = Arena.ofConfined()) {
        return invokeWords(handle, arena.allocate(ERRNO_BYTES, ERRNO_BYTES), a, b, c, d, e, f);
      }
    }
    return invokeWords(handle, ERRNO.get(), a, b, c, d, e, f);
  }

  private static long invokeWords(
      MethodHandle handle, MemorySegment errno, long a, long b, long c, long d, long e, long f) {
    try {
      return (long) handle.invokeExact(errno, a, b, c, d, e, f, 0L);
    } catch (Throwable t) {
      throw rethrow(t);
    }
  }

  /** For the {@code catch (Throwable)} that every method handle call needs: it never returns. */
  public static RuntimeException rethrow(Throwable t) {
    if (t instanceof Error error) {
      throw error;
    }
    if (t instanceof RuntimeException runtime) {
      throw runtime;
    }
    throw new AssertionError(t);
  }
}
