package dev.gantry.linux.compress;

import dev.gantry.linux.CFunction;
import dev.gantry.linux.Native;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Inflating gzip with Intel's ISA-L (libisal.so.2, which also has code for aarch64), some two to
 * three times as fast as zlib.
 *
 * @see <a href="https://github.com/intel/isa-l/blob/v2.30.0/include/igzip_lib.h">igzip_lib.h</a>
 */
public final class Isal {
  /**
   * struct inflate_state takes 87,368 bytes in 2.30; the rest is for versions that add to its end.
   */
  static final long STATE_BYTES = 128 << 10;

  static final int BLOCK_FINISH = 5;

  private static final int NEXT_OUT = 0;
  private static final int AVAIL_OUT = 8;
  private static final int NEXT_IN = 16;
  private static final int AVAIL_IN = 32;
  private static final int BLOCK_STATE = 21160;
  private static final int CRC_FLAG = 21172;

  /** Header parsed, checksum verified. */
  private static final int ISAL_GZIP = 1;

  private Isal() {}

  private static final class Library {
    private static final Optional<SymbolLookup> ISAL = Native.library("libisal.so.2");
    private static final boolean WORKS = ISAL.isPresent() && works();

    private Library() {}

    /** The structure is read at fixed offsets: one tiny stream shows whether they are right. */
    private static boolean works() {
      byte[] gantry =
          HexFormat.of().parseHex("1f8b08000000000002034b4fcc2b29aa0400ec52b0bc06000000");
      try (InputStream in = new IsalGzipStream(new ByteArrayInputStream(gantry))) {
        return Arrays.equals(in.readAllBytes(), new byte[] {'g', 'a', 'n', 't', 'r', 'y'});
      } catch (IOException e) {
        return false;
      }
    }
  }

  private static final class Functions {
    private static final CFunction INIT = link("isal_inflate_init");
    private static final CFunction RESET = link("isal_inflate_reset");
    private static final CFunction INFLATE = link("isal_inflate");

    private Functions() {}

    private static CFunction link(String name) {
      return CFunction.of(Library.ISAL.orElseThrow(), name);
    }
  }

  /** Whether this system has the library. */
  public static boolean available() {
    return Library.WORKS;
  }

  /**
   * Inflates gzip, one member after the other; zero padding at the end is allowed (RFC 1952).
   * Reading throws an {@link IOException} on corrupt data, a wrong checksum or what follows the
   * last member, and {@link java.io.EOFException} when the input ends early. Closing closes {@code
   * in}. For one thread at a time; it holds 320 KiB of native memory.
   *
   * @throws UnsupportedOperationException when the library is not {@link #available}
   */
  public static IsalGzipStream inflateGzip(InputStream in) {
    if (!available()) {
      throw new UnsupportedOperationException("libisal.so.2 is not installed");
    }
    return new IsalGzipStream(in);
  }

  static void begin(MemorySegment state, boolean first) {
    (first ? Functions.INIT : Functions.RESET).call(state.address());
    state.set(ValueLayout.JAVA_INT, CRC_FLAG, ISAL_GZIP);
  }

  static void setInput(MemorySegment state, MemorySegment input, int length) {
    state.set(ValueLayout.JAVA_LONG, NEXT_IN, input.address());
    state.set(ValueLayout.JAVA_INT, AVAIL_IN, length);
  }

  static void setOutput(MemorySegment state, MemorySegment output) {
    state.set(ValueLayout.JAVA_LONG, NEXT_OUT, output.address());
    state.set(ValueLayout.JAVA_INT, AVAIL_OUT, (int) output.byteSize());
  }

  /** Bytes of the input that are not consumed. */
  static int inputLeft(MemorySegment state) {
    return state.get(ValueLayout.JAVA_INT, AVAIL_IN);
  }

  /** Bytes of the output that are not filled. */
  static int outputLeft(MemorySegment state) {
    return state.get(ValueLayout.JAVA_INT, AVAIL_OUT);
  }

  static boolean finished(MemorySegment state) {
    return state.get(ValueLayout.JAVA_INT, BLOCK_STATE) == BLOCK_FINISH;
  }

  /** Goes on until the input is used up or the output is full. */
  static void inflate(MemorySegment state) throws IOException {
    int result = Functions.INFLATE.callInt(state.address());
    if (result != 0) {
      throw new IOException("gzip: " + error(result));
    }
  }

  private static String error(int result) {
    return switch (result) {
      case -1 -> "corrupt data: invalid block";
      case -2 -> "corrupt data: invalid symbol";
      case -3 -> "corrupt data: invalid distance";
      case -4 -> "not a gzip header";
      case -5 -> "unknown compression method";
      case -6 -> "checksum does not match";
      default -> "corrupt data (ISA-L error " + result + ")";
    };
  }
}
