package dev.gantry.linux.process;

import dev.gantry.linux.Fd;
import dev.gantry.linux.FileName;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.Nr;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.stream.LongStream;

/**
 * A program that is nothing but a list of system calls, for what a JVM cannot do itself because it
 * has many threads: making and entering user namespaces, and forking. The list is laid out here and
 * run by a helper process that has no libc, no loader and no file on disk; it starts in about a
 * millisecond.
 *
 * <p>The first call that fails ends the helper, and {@link SyscallRun} throws what failed.
 * Addresses are the helper's own: those of {@link #string}, {@link #bytes}, {@link #words} and
 * {@link #resultOf}. For this module only.
 */
public final class SyscallProgram {
  /** The helper's descriptor on which results and failures are reported. */
  public static final int REPORT = 3;

  /** The helper's first descriptor of those that are handed to it. */
  public static final int FIRST = 5;

  private final List<Step> steps = new ArrayList<>();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();

  /** The entries of the table, one after another. */
  private final List<Long> table = new ArrayList<>();

  /** For the error, what a system call is for. */
  private record Step(String call, String subject) {}

  /**
   * Adds a call.
   *
   * @param call what it does, for the error
   * @param subject to what, for the error
   * @param number of {@link Nr}
   * @return its index
   */
  public int add(String call, String subject, int number, long... arguments) {
    int index = steps.size();
    if (index == SyscallImage.MOST_ENTRIES) {
      throw new IllegalStateException("more than " + index + " system calls");
    }
    steps.add(new Step(call, subject));
    table.add((long) number);
    for (int i = 0; i < SyscallImage.ARGUMENTS; i++) {
      table.add(i < arguments.length ? arguments[i] : 0);
    }
    table.addAll(List.of(0L, (long) index, 0L));
    return index;
  }

  /** Adds the report of an earlier call's result, for {@link SyscallRun#next}. */
  public int report(int step) {
    return add("report", "", Nr.WRITE, REPORT, resultOf(step), 2 * Long.BYTES);
  }

  /** Adds the end of the process. */
  public int exit() {
    return add("exit", "", Nr.EXIT_GROUP, 0);
  }

  /** When the call {@code step} has a result above 0, the one at {@code target} follows. */
  public void jumpIfPositive(int step, int target) {
    int last = (step + 1) * (SyscallImage.ENTRY_BYTES / Long.BYTES) - 1;
    table.set(last, addressOf(target));
  }

  /** Where the result of a call is, a word. */
  public long resultOf(int step) {
    return addressOf(step) + SyscallImage.RESULT;
  }

  private static long addressOf(int step) {
    return SyscallImage.TABLE + (long) step * SyscallImage.ENTRY_BYTES;
  }

  /** The address of a text that ends with a NUL. */
  public long string(String text) {
    byte[] name = FileName.toBytes(text);
    byte[] terminated = new byte[name.length + 1];
    System.arraycopy(name, 0, terminated, 0, name.length);
    return bytes(terminated);
  }

  /** The address of these bytes, a multiple of 8. */
  public long bytes(byte[] bytes) {
    long address = SyscallImage.DATA + data.size();
    data.writeBytes(bytes);
    data.writeBytes(new byte[-bytes.length & 7]);
    return address;
  }

  /** The address of these words. */
  public long words(long... words) {
    return bytes(toBytes(LongStream.of(words)));
  }

  private static byte[] toBytes(LongStream words) {
    long[] all = words.toArray();
    byte[] bytes = new byte[all.length * Long.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).asLongBuffer().put(all);
    return bytes;
  }

  /** The program file. */
  byte[] image() {
    return SyscallImage.of(toBytes(table.stream().mapToLong(Long::longValue)), data.toByteArray());
  }

  /** The failure of a call. */
  LinuxException failure(int step, int errno) {
    return new LinuxException(steps.get(step).call(), steps.get(step).subject(), errno);
  }

  /**
   * Prepares a run.
   *
   * @param descriptors what the helper gets, from {@link #FIRST} on, and as 0 what it reads
   */
  public SyscallRun prepare(SortedMap<Integer, Fd> descriptors) throws LinuxException {
    return SyscallRun.prepare(this, descriptors);
  }
}
