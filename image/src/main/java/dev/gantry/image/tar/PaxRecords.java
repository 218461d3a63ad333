package dev.gantry.image.tar;

import dev.gantry.linux.FileName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The records of one pax extended header, {@code "length key=value\n"}, in order; values are bytes.
 *
 * @see <a
 *     href="https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03">pax
 *     header</a>
 */
final class PaxRecords {
  static final PaxRecords NONE = new PaxRecords(new LinkedHashMap<>(), List.of(), 0);

  private static final String SCHILY = "SCHILY.xattr.";
  private static final String LIBARCHIVE = "LIBARCHIVE.xattr.";

  private final Map<String, byte[]> records;

  /** GNU sparse 0.0 repeats two keys in turn; only here is the order kept. */
  private final List<Long> sparseNumbers;

  private final int bytes;

  private PaxRecords(Map<String, byte[]> records, List<Long> sparseNumbers, int bytes) {
    this.records = records;
    this.sparseNumbers = sparseNumbers;
    this.bytes = bytes;
  }

  static PaxRecords parse(byte[] data, long position) throws TarException {
    var records = new LinkedHashMap<String, byte[]>();
    var sparse = new ArrayList<Long>();
    int at = 0;
    while (at < data.length && data[at] != 0) {
      int space = at;
      long length = 0;
      while (space < data.length && data[space] != ' ') {
        int digit = data[space] - '0';
        if (digit < 0 || digit > 9 || space - at > 8) {
          throw new TarException(position, "pax header: record length is not a number");
        }
        length = length * 10 + digit;
        space++;
      }
      long end = at + length;
      if (end > data.length || end - 1 <= space || data[(int) end - 1] != '\n') {
        throw new TarException(position, "pax header: record with a wrong length");
      }
      int equals = space + 1;
      while (equals < end && data[equals] != '=') {
        equals++;
      }
      if (equals >= end - 1) {
        throw new TarException(position, "pax header: record without '='");
      }
      String key = new String(data, space + 1, equals - space - 1, StandardCharsets.UTF_8);
      byte[] value = java.util.Arrays.copyOfRange(data, equals + 1, (int) end - 1);
      if (key.equals("GNU.sparse.offset") || key.equals("GNU.sparse.numbytes")) {
        sparse.add(decimal(value, key, position));
      } else {
        records.put(key, value);
      }
      at = (int) end;
    }
    return new PaxRecords(records, sparse, data.length);
  }

  /** These records with {@code over}'s on top; an empty value takes the key away. */
  PaxRecords with(PaxRecords over) {
    if (over == NONE) {
      return this;
    }
    if (this == NONE) {
      return over;
    }
    var merged = new LinkedHashMap<>(records);
    merged.putAll(over.records);
    return new PaxRecords(merged, over.sparseNumbers, bytes + over.bytes);
  }

  /** Bytes of header this was made from, for the bound on what an archive keeps in memory. */
  int bytes() {
    return bytes;
  }

  boolean has(String key) {
    byte[] v = records.get(key);
    return v != null && v.length > 0;
  }

  @Nullable String text(String key, long position) throws TarException {
    byte[] v = records.get(key);
    if (v == null || v.length == 0) {
      return null;
    }
    for (byte b : v) {
      if (b == 0) {
        throw new TarException(position, "pax header: NUL in " + key);
      }
    }
    return FileName.toString(v);
  }

  long number(String key, long otherwise, long position) throws TarException {
    byte[] v = records.get(key);
    return v == null || v.length == 0 ? otherwise : decimal(v, key, position);
  }

  List<Long> sparseNumbers() {
    return sparseNumbers;
  }

  /** Extended attributes in star's form (raw) and libarchive's (URL-encoded name, base64 value). */
  Map<String, byte[]> xattrs(long position) throws TarException {
    Map<String, byte[]> found = new LinkedHashMap<>();
    for (var e : records.entrySet()) {
      String key = e.getKey();
      if (key.startsWith(LIBARCHIVE)) {
        try {
          String name = urlDecode(key.substring(LIBARCHIVE.length()));
          // libarchive writes both forms; the raw one is exact and wins.
          found.putIfAbsent(name, Base64.getDecoder().decode(unpadded(e.getValue())));
        } catch (IllegalArgumentException bad) {
          throw new TarException(position, "pax header: " + key + " is not base64");
        }
      } else if (key.startsWith(SCHILY)) {
        found.put(key.substring(SCHILY.length()), e.getValue());
      }
    }
    return found.isEmpty() ? Map.of() : found;
  }

  private static byte[] unpadded(byte[] base64) {
    int end = base64.length;
    while (end > 0 && (base64[end - 1] == '=' || base64[end - 1] == '\n')) {
      end--;
    }
    return java.util.Arrays.copyOf(base64, end);
  }

  private static String urlDecode(String name) {
    if (name.indexOf('%') < 0) {
      return name;
    }
    var out = new java.io.ByteArrayOutputStream();
    byte[] in = name.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < in.length; i++) {
      if (in[i] == '%' && i + 2 < in.length) {
        out.write(HexFormat.fromHexDigits(name.substring(i + 1, i + 3)));
        i += 2;
      } else {
        out.write(in[i]);
      }
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private static long decimal(byte[] value, String key, long position) throws TarException {
    long n = 0;
    for (byte b : value) {
      int digit = b - '0';
      if (digit < 0 || digit > 9 || n > (Long.MAX_VALUE - 9) / 10) {
        throw new TarException(position, "pax header: " + key + " is not a number");
      }
      n = n * 10 + digit;
    }
    return n;
  }
}
