package dev.gantry.linux.process;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;

/**
 * The program file of a {@link SyscallProgram}: an ELF executable (elf(5)) of one page of code and
 * a data segment with a table of system calls and what they point to.
 *
 * <p>The code is a loop: load number and arguments from the entry, make the call, store its result;
 * on an error write {@code result, index} of the entry to descriptor 3 and exit with 1; on a result
 * above 0 go on at the entry's jump if it has one; else at the next entry.
 */
final class SyscallImage {
  /** Where the table is in the program's memory. */
  static final long TABLE = 0x2000_0000L;

  /** Where the data behind the table is. */
  static final long DATA = TABLE + 0x6000;

  /** {@code number, a, b, c, d, e, f, result, index, jump}, a word each. */
  static final int ENTRY_BYTES = 80;

  /** Where in an entry its result is, and behind it its index. */
  static final int RESULT = 56;

  static final int ARGUMENTS = 6;
  static final int MOST_ENTRIES = 0x6000 / ENTRY_BYTES;

  private static final boolean X86 = System.getProperty("os.arch", "").matches("amd64|x86_64");

  /** What `as` makes of the loop. */
  private static final String CODE_X86 =
      "bb00000020488b03488b7b08488b7310488b53184c8b53204c8b43284c8b4b300f05488943384885c07816"
          + "740e488b4b484885c974054889cbebca4883c350ebc4b801000000bf03000000488d7338ba10000000"
          + "0f05b8e7000000bf010000000f05";

  private static final String CODE_ARM64 =
      "1300a4d2680240f9608640a9628e41a9649642a9010000d4601e00f90001f8b7a00000b4612640f9610000b4"
          + "f30301aaf5ffff1773420191f3ffff17600080d261e20091020280d2080880d2010000d4200080d2"
          + "c80b80d2010000d4";

  private static final int MACHINE_X86 = 62;
  private static final int MACHINE_ARM64 = 183;
  private static final long CODE = 0x1000_0000L;

  /** The largest page of the architecture: a segment's place in file and memory agree modulo it. */
  private static final int PAGE = X86 ? 0x1000 : 0x1_0000;

  private static final int HEADER_BYTES = 64;
  private static final int SEGMENT_BYTES = 56;
  private static final int SEGMENTS = 3;
  private static final int CODE_OFFSET = HEADER_BYTES + SEGMENTS * SEGMENT_BYTES;
  private static final int LOAD = 1;
  private static final int GNU_STACK = 0x6474_e551;
  private static final int READ_EXECUTE = 5;
  private static final int READ_WRITE = 6;

  private SyscallImage() {}

  /**
   * The file.
   *
   * @param table entries of {@link #ENTRY_BYTES}
   * @param data what is at {@link #DATA}
   */
  static byte[] of(byte[] table, byte[] data) {
    return of(X86, PAGE, table, data);
  }

  static byte[] of(boolean x86, int page, byte[] table, byte[] data) {
    byte[] code = HexFormat.of().parseHex(x86 ? CODE_X86 : CODE_ARM64);
    int dataBytes = (int) (DATA - TABLE) + data.length;
    ByteBuffer file = ByteBuffer.allocate(page + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    header(file, x86 ? MACHINE_X86 : MACHINE_ARM64);
    segment(file, LOAD, READ_EXECUTE, 0, CODE, CODE_OFFSET + code.length, page);
    segment(file, LOAD, READ_WRITE, page, TABLE, dataBytes, page);
    segment(file, GNU_STACK, READ_WRITE, 0, 0, 0, 16);
    file.put(code);
    file.position(page).put(table);
    file.position(page + (int) (DATA - TABLE)).put(data);
    return file.array();
  }

  private static void header(ByteBuffer file, int machine) {
    int executable = 2;
    // Magic number, 64 bits, little-endian, version 1.
    file.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
    file.putShort((short) executable).putShort((short) machine).putInt(1);
    file.putLong(CODE + CODE_OFFSET).putLong(HEADER_BYTES).putLong(0).putInt(0);
    file.putShort((short) HEADER_BYTES).putShort((short) SEGMENT_BYTES).putShort((short) SEGMENTS);
    file.position(HEADER_BYTES);
  }

  private static void segment(
      ByteBuffer file, int type, int access, long offset, long address, long bytes, long align) {
    file.putInt(type).putInt(access).putLong(offset).putLong(address).putLong(address);
    file.putLong(bytes).putLong(bytes).putLong(align);
  }
}
