package dev.gantry.linux;

import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * A C function whose arguments, six at most, and answer are integers or pointers, called with the
 * shape that system calls already have, so that linking it costs next to nothing. For this module
 * only.
 *
 * <p>In the C calling conventions of x86_64 (System V) and aarch64 (AAPCS64) an integer or pointer
 * argument is one word in a register, the callee looks at the bits of its own type and at no more
 * arguments than it has, and the caller cleans up. An answer narrower than a word has undefined
 * upper bits: take {@link #callInt} for those. Not for variadic functions, structures by value or
 * floating point.
 */
public final class CFunction {
  private final MethodHandle handle;

  private CFunction(MethodHandle handle) {
    this.handle = handle;
  }

  /**
   * Links a function of a library; keep it in a {@code static final} field of a lazy holder.
   *
   * @throws UnsatisfiedLinkError when the library has no such function
   */
  public static CFunction of(SymbolLookup library, String name) {
    return new CFunction(Native.words(library, name));
  }

  /** Links a function of the C library. */
  public static CFunction libc(String name) {
    return of(Linker.nativeLinker().defaultLookup(), name);
  }

  /** Calls a function that answers a pointer or a 64-bit number. */
  public long call(long a, long b, long c, long d, long e, long f) {
    return Native.invokeWords(handle, a, b, c, d, e, f);
  }

  public long call() {
    return call(0, 0, 0, 0, 0, 0);
  }

  public long call(long a) {
    return call(a, 0, 0, 0, 0, 0);
  }

  public long call(long a, long b) {
    return call(a, b, 0, 0, 0, 0);
  }

  public long call(long a, long b, long c) {
    return call(a, b, c, 0, 0, 0);
  }

  /** Calls a function that answers an {@code int}. */
  public int callInt(long a, long b, long c, long d, long e, long f) {
    return (int) call(a, b, c, d, e, f);
  }

  public int callInt(long a) {
    return (int) call(a, 0, 0, 0, 0, 0);
  }

  public int callInt(long a, long b) {
    return (int) call(a, b, 0, 0, 0, 0);
  }

  public int callInt(long a, long b, long c) {
    return (int) call(a, b, c, 0, 0, 0);
  }
}
