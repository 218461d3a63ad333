package dev.gantry.linux.file;

import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.Boot;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.FileName;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.crypto.Sha256;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One small versioned file for one object (design rule 5): a header line {@code gantry-record
 * <version> <sha256 of the payload> <boot id>} and the payload.
 *
 * <p>A write goes to {@code .<name>.tmp} beside the file and is renamed over it, so a reader sees
 * the old record or the new one. One record has one writer at a time; its temporary name is fixed,
 * so that a crash leaves nothing that the next write does not take.
 */
public final class RecordFile {
  /** The largest record: 16 MiB. */
  public static final int MAX_BYTES = 16 << 20;

  private static final Duration WRITE_DEADLINE = Duration.ofMinutes(2);
  private static final int MODE = 0600;
  private static final int MAX_HEADER = 200;

  /** What a record must survive. */
  public enum Durability {
    /** The daemon's end; after power loss it may be absent, empty or old. */
    NONE,
    /** Power loss: file and directory are synced before the write returns. */
    SYNC
  }

  /**
   * What a record holds.
   *
   * @param version of the payload's format
   * @param bootId of the boot that wrote it
   */
  @SuppressWarnings("ArrayRecordComponent") // read once, by its owner
  public record Content(int version, String bootId, byte[] payload) {
    /** Whether it was written since the machine started; if not, its processes are dead. */
    public boolean ofThisBoot() {
      return bootId.equals(Boot.id());
    }
  }

  private static final class Header {
    private static final Pattern PATTERN =
        Pattern.compile("gantry-record (\\d{1,9}) ([0-9a-f]{64}) ([0-9a-f-]{36})");

    private Header() {}
  }

  private RecordFile() {}

  /**
   * Writes or replaces a record, mode 0600. A virtual thread has it done by another one, as a disk
   * may hang.
   *
   * @param version of the payload's format, 0 or more
   */
  public static void write(Path file, int version, byte[] payload, Durability durability)
      throws IOException {
    if (!Thread.currentThread().isVirtual()) {
      writeHere(file, version, payload, durability);
      return;
    }
    BlockingCalls.runToEnd(
        "write record " + file,
        WRITE_DEADLINE,
        () -> {
          writeHere(file, version, payload, durability);
          return true;
        });
  }

  private static void writeHere(Path file, int version, byte[] payload, Durability durability)
      throws IOException {
    byte[] header = header(version, payload);
    if (version < 0 || header.length + payload.length > MAX_BYTES) {
      throw new LinuxException("write record", file.toString(), Errno.EFBIG, "over 16 MiB");
    }
    String temporary = temporary(file).toString();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(header.length + payload.length);
      MemorySegment.copy(header, 0, bytes, ValueLayout.JAVA_BYTE, 0, header.length);
      MemorySegment.copy(payload, 0, bytes, ValueLayout.JAVA_BYTE, header.length, payload.length);
      int flags = OpenFlags.WRONLY | OpenFlags.CREAT | OpenFlags.TRUNC | OpenFlags.NOFOLLOW;
      try (Fd fd = At.open(At.CWD, temporary, flags, MODE)) {
        fd.write(bytes);
        if (durability == Durability.SYNC) {
          At.fsync(fd);
        }
      }
      At.rename(At.CWD, temporary, At.CWD, file.toString(), 0);
    } catch (IOException e) {
      deleteAfter(e, temporary);
      throw e;
    }
    if (durability == Durability.SYNC) {
      syncDirectory(file);
    }
  }

  private static void deleteAfter(IOException failure, String temporary) {
    try {
      deleteIfPresent(temporary);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Reads a record.
   *
   * @return empty when there is no such file
   * @throws CorruptRecordException when it is empty, torn, altered, too large or no record
   */
  public static Optional<Content> read(Path file) throws IOException {
    byte[] bytes;
    // Without NONBLOCK a FIFO in the record's place would hold the reader for ever.
    int flags = OpenFlags.RDONLY | OpenFlags.NOFOLLOW | OpenFlags.NONBLOCK;
    try (Fd fd = At.open(At.CWD, file.toString(), flags, 0)) {
      bytes = readAll(file, fd);
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT) {
        return Optional.empty();
      }
      throw e;
    }
    return Optional.of(parse(file, bytes));
  }

  private static byte[] readAll(Path file, Fd fd) throws IOException {
    FileStat stat = At.stat(fd);
    if (!stat.isRegular() || stat.size() > MAX_BYTES) {
      throw new CorruptRecordException(file, "not a regular file of at most 16 MiB");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Math.max(1, stat.size()));
      long length = 0;
      while (length < stat.size()) {
        long count = fd.read(buffer.asSlice(length));
        if (count == 0) {
          break;
        }
        length += count;
      }
      return buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static Content parse(Path file, byte[] bytes) throws CorruptRecordException {
    if (bytes.length == 0) {
      throw new CorruptRecordException(file, "empty");
    }
    int end = 0;
    while (end < Math.min(bytes.length, MAX_HEADER) && bytes[end] != '\n') {
      end++;
    }
    String line = new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
    Matcher header = Header.PATTERN.matcher(line);
    if (end == bytes.length || bytes[end] != '\n' || !header.matches()) {
      throw new CorruptRecordException(file, "no record header");
    }
    byte[] payload = Arrays.copyOfRange(bytes, end + 1, bytes.length);
    if (!HexFormat.of().formatHex(Sha256.of(payload)).equals(header.group(2))) {
      throw new CorruptRecordException(
          file, "checksum does not match, the file is torn or altered");
    }
    return new Content(Integer.parseInt(header.group(1)), header.group(3), payload);
  }

  /** Removes a record and what an interrupted write left beside it; that there is none is fine. */
  public static void delete(Path file) throws IOException {
    deleteIfPresent(file.toString());
    deleteIfPresent(temporary(file).toString());
  }

  /** Whether a directory entry is the temporary name of an interrupted write, not a record. */
  public static boolean isTemporary(Path file) {
    Path name = file.getFileName();
    String text = name == null ? "" : name.toString();
    return text.startsWith(".") && text.endsWith(".tmp");
  }

  private static void deleteIfPresent(String path) throws LinuxException {
    long result = AtCalls.tryUnlink(At.CWD, path, false);
    if (result != -Errno.ENOENT.number() && result < 0) {
      throw new LinuxException("unlink", path, (int) -result);
    }
  }

  private static void syncDirectory(Path file) throws LinuxException {
    Path parent = file.toAbsolutePath().getParent();
    String directory = parent == null ? "/" : parent.toString();
    try (Fd dir = At.open(At.CWD, directory, OpenFlags.RDONLY | OpenFlags.DIRECTORY, 0)) {
      At.fsync(dir);
    }
  }

  private static Path temporary(Path file) {
    return file.resolveSibling("." + file.getFileName() + ".tmp");
  }

  private static byte[] header(int version, byte[] payload) {
    String digest = HexFormat.of().formatHex(Sha256.of(payload));
    return FileName.toBytes("gantry-record " + version + " " + digest + " " + Boot.id() + "\n");
  }
}
