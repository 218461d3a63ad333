package dev.gantry.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes ustar archives with pax headers for what ustar cannot hold.
 *
 * @see <a
 *     href="https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_01">pax
 *     interchange format</a>
 */
public final class TarWriter implements AutoCloseable {
  private static final int BLOCK = 512;
  private static final int NAME_LENGTH = 100;
  private static final long MAX_ID = 07777777;

  private final OutputStream out;

  public TarWriter(OutputStream out) {
    this.out = out;
  }

  /** Returns a whole archive of these entries. */
  public static byte[] archive(List<TarEntry> entries) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter writer = new TarWriter(bytes)) {
      for (TarEntry entry : entries) {
        writer.add(entry);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Appends an entry, with a pax header before it where it needs one. */
  public void add(TarEntry entry) throws IOException {
    Map<String, byte[]> records = records(entry);
    if (!records.isEmpty()) {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      records.forEach((key, value) -> body.writeBytes(record(key, value)));
      TarEntry header = TarEntry.raw('x', "PaxHeaders/entry", body.toByteArray(), "");
      write(header);
    }
    write(entry);
  }

  /** Ends the archive with two empty blocks and closes what it is written to. */
  @Override
  public void close() throws IOException {
    out.write(new byte[2 * BLOCK]);
    out.close();
  }

  private static Map<String, byte[]> records(TarEntry entry) {
    Map<String, byte[]> records = new LinkedHashMap<>();
    if (!fits(entry.name())) {
      records.put("path", utf8(entry.name()));
    }
    if (!fits(entry.linkName())) {
      records.put("linkpath", utf8(entry.linkName()));
    }
    if (entry.uid() > MAX_ID) {
      records.put("uid", utf8(String.valueOf(entry.uid())));
    }
    if (entry.gid() > MAX_ID) {
      records.put("gid", utf8(String.valueOf(entry.gid())));
    }
    Instant mtime = entry.mtime();
    if (mtime.getNano() != 0 || mtime.getEpochSecond() < 0) {
      records.put("mtime", utf8(decimal(mtime)));
    }
    records.putAll(entry.pax());
    return records;
  }

  private static String decimal(Instant time) {
    boolean before = time.getEpochSecond() < 0 && time.getNano() != 0;
    long seconds = before ? time.getEpochSecond() + 1 : time.getEpochSecond();
    long nanos = before ? 1_000_000_000L - time.getNano() : time.getNano();
    String sign = before && seconds == 0 ? "-" : "";
    return sign + seconds + (nanos == 0 ? "" : ".%09d".formatted(nanos));
  }

  /** A record's length counts its own digits. */
  private static byte[] record(String key, byte[] value) {
    byte[] name = utf8(key);
    int rest = name.length + value.length + 3;
    int length = rest + String.valueOf(rest).length();
    if (String.valueOf(length).length() != String.valueOf(rest).length()) {
      length++;
    }
    ByteArrayOutputStream record = new ByteArrayOutputStream();
    record.writeBytes(utf8(length + " "));
    record.writeBytes(name);
    record.write('=');
    record.writeBytes(value);
    record.write('\n');
    return record.toByteArray();
  }

  private void write(TarEntry entry) throws IOException {
    byte[] header = new byte[BLOCK];
    put(header, 0, NAME_LENGTH, utf8(entry.name()));
    octal(header, 100, 8, entry.mode());
    octal(header, 108, 8, Math.min(entry.uid(), MAX_ID));
    octal(header, 116, 8, Math.min(entry.gid(), MAX_ID));
    octal(header, 124, 12, entry.content().length);
    octal(header, 136, 12, Math.max(0, entry.mtime().getEpochSecond()));
    Arrays.fill(header, 148, 156, (byte) ' ');
    header[156] = (byte) entry.type();
    put(header, 157, NAME_LENGTH, utf8(entry.linkName()));
    put(header, 257, 8, utf8("ustar\00000"));
    octal(header, 329, 8, entry.major());
    octal(header, 337, 8, entry.minor());
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    put(header, 148, 8, utf8("%06o\0 ".formatted(sum)));
    out.write(header);
    out.write(entry.content());
    out.write(new byte[(BLOCK - entry.content().length % BLOCK) % BLOCK]);
  }

  private static boolean fits(String name) {
    return name.length() <= NAME_LENGTH && name.chars().allMatch(c -> c < 0x80);
  }

  private static void octal(byte[] header, int offset, int length, long value) {
    String digits = Long.toOctalString(value);
    put(header, offset, length, utf8("0".repeat(length - 1 - digits.length()) + digits));
  }

  private static void put(byte[] header, int offset, int length, byte[] value) {
    System.arraycopy(value, 0, header, offset, Math.min(length, value.length));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
