package dev.gantry.image.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.testkit.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TarReaderTest {
  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] archive(dev.gantry.testkit.TarEntry... entries) {
    return TarWriter.archive(Arrays.asList(entries));
  }

  private static List<TarEntry> read(byte[] tar) throws IOException {
    var reader = new TarReader(new ByteArrayInputStream(tar), new TarLimits(64 << 10, 64 << 10));
    var all = new ArrayList<TarEntry>();
    byte[] buffer = new byte[1000];
    for (TarEntry e = reader.next(); e != null; e = reader.next()) {
      all.add(e);
      long data = 0;
      int n;
      while ((n = reader.read(buffer, 0, buffer.length)) >= 0) {
        data += n;
      }
      assertThat(data).isEqualTo(e.storedSize());
    }
    return all;
  }

  @Test
  void globalHeadersHoldUntilTheyAreTakenBack() throws IOException {
    var entries =
        read(
            archive(
                dev.gantry.testkit.TarEntry.raw('g', "g", bytes("12 uid=1234\n"), ""),
                dev.gantry.testkit.TarEntry.file("a", "x"),
                dev.gantry.testkit.TarEntry.file("b", "x").pax("uid", bytes("7")),
                dev.gantry.testkit.TarEntry.raw('g', "g", bytes("7 uid=\n"), ""),
                dev.gantry.testkit.TarEntry.file("c", "x").owner(9, 9)));
    assertThat(entries).extracting(TarEntry::uid).containsExactly(1234L, 7L, 9L);
  }

  @Test
  void xattrsOfBothWritersAreExact() throws IOException {
    byte[] value = {0, '\n', '=', (byte) 0xff};
    var entries =
        read(
            archive(
                dev.gantry.testkit.TarEntry.file("a", "").xattr("user.raw", value),
                dev.gantry.testkit.TarEntry.file("b", "")
                    .pax("LIBARCHIVE.xattr.user.a%3Db", bytes("AAo9/w"))));
    assertThat(entries.get(0).xattrs()).containsEntry("user.raw", value);
    assertThat(entries.get(1).xattrs()).containsEntry("user.a=b", value);
  }

  @Test
  void timesBeforeTheEpochAndWithFractions() throws IOException {
    var entries =
        read(
            archive(
                dev.gantry.testkit.TarEntry.file("a", "").pax("mtime", bytes("-1.5")),
                dev.gantry.testkit.TarEntry.file("b", "").pax("mtime", bytes("12.1234567891")),
                dev.gantry.testkit.TarEntry.file("c", "").pax("mtime", bytes("-0.25"))));
    assertThat(entries)
        .extracting(TarEntry::mtime)
        .containsExactly(
            Instant.ofEpochSecond(-2, 500_000_000),
            Instant.ofEpochSecond(12, 123_456_789),
            Instant.ofEpochSecond(-1, 750_000_000));
  }

  @Test
  void headersThatLieAreRefused() {
    for (var bad :
        List.of(
            dev.gantry.testkit.TarEntry.raw('x', "p", bytes("999 path=x\n"), ""),
            dev.gantry.testkit.TarEntry.raw('x', "p", bytes("0 path=x\n"), ""),
            dev.gantry.testkit.TarEntry.raw('x', "p", bytes("8 pathx\n"), ""),
            dev.gantry.testkit.TarEntry.raw('x', "p", bytes("x path=y\n"), ""),
            dev.gantry.testkit.TarEntry.raw('x', "p", new byte[(64 << 10) + 1], ""),
            dev.gantry.testkit.TarEntry.raw('L', "l", new byte[(64 << 10) + 1], ""),
            dev.gantry.testkit.TarEntry.raw('M', "multi", new byte[0], ""))) {
      assertThatThrownBy(() -> read(archive(bad, dev.gantry.testkit.TarEntry.file("a", "x"))))
          .as(bad.toString())
          .isInstanceOf(TarException.class);
    }
    for (String[] record :
        new String[][] {
          {"size", "-1"},
          {"size", "99999999999999999999"},
          {"path", "a\0b"},
          {"mtime", "soon"},
          {"GNU.sparse.map", "0,5,3,5"},
          {"GNU.sparse.map", "0,99"},
          {"GNU.sparse.map", "0,1,2"},
          {"GNU.sparse.map", "x,1"},
          {"LIBARCHIVE.xattr.user.x", "!!"},
        }) {
      assertThatThrownBy(() ->
              read(
                  archive(
                      dev.gantry.testkit.TarEntry.file("a", "0123456789")
                          .pax(record[0], bytes(record[1])))))
          .as(record[0] + "=" + record[1])
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void manyExtendedHeadersAreBoundedTogether() {
    var out = new ByteArrayOutputStream();
    byte[] record = bytes("10008 comment=" + "c".repeat(9993) + "\n");
    byte[] one = archive(dev.gantry.testkit.TarEntry.raw('x', "p", record, ""));
    for (int i = 0; i < 10; i++) {
      out.write(one, 0, one.length - 1024);
    }
    out.writeBytes(archive(dev.gantry.testkit.TarEntry.file("a", "x")));
    assertThatThrownBy(() -> read(out.toByteArray()))
        .isInstanceOf(TarException.class)
        .hasMessageContaining("exceed");
  }

  @Test
  void noMutationDoesMoreThanFailWithAnIoException() {
    byte[] good =
        archive(
            dev.gantry.testkit.TarEntry.file("a".repeat(150), "long")
                .xattr("user.x", new byte[] {1}),
            dev.gantry.testkit.TarEntry.raw('L', "././@LongLink", bytes("b".repeat(120)), ""),
            dev.gantry.testkit.TarEntry.file("short", "data"),
            dev.gantry.testkit.TarEntry.file("s", "0123456789")
                .pax("GNU.sparse.map", bytes("0,5,100,5"))
                .pax("GNU.sparse.size", bytes("200")),
            dev.gantry.testkit.TarEntry.file("t", "1\n0\n4\n" + "\0".repeat(506) + "data")
                .pax("GNU.sparse.major", bytes("1"))
                .pax("GNU.sparse.minor", bytes("0"))
                .pax("GNU.sparse.realsize", bytes("50")));
    assertThat(readable(good)).isTrue();
    var random = new Random(42);
    int survived = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bad = good.clone();
      for (int k = random.nextInt(4); k >= 0; k--) {
        bad[random.nextInt(bad.length)] =
            (byte) (random.nextBoolean() ? random.nextInt() : '0' + random.nextInt(10));
      }
      fixChecksums(bad, random);
      survived +=
          readable(random.nextInt(5) == 0 ? Arrays.copyOf(bad, random.nextInt(bad.length)) : bad)
              ? 1
              : 0;
    }
    assertThat(survived).isPositive();
  }

  private static boolean readable(byte[] tar) {
    try {
      read(tar);
      return true;
    } catch (IOException expected) {
      return false;
    }
  }

  /** Most of the time, so that mutations get past the first check. */
  private static void fixChecksums(byte[] tar, Random random) {
    if (random.nextInt(4) == 0) {
      return;
    }
    for (int at = 0; at + 512 <= tar.length; at += 512) {
      if (tar[at + 257] != 'u' || tar[at + 258] != 's') {
        continue;
      }
      Arrays.fill(tar, at + 148, at + 156, (byte) ' ');
      int sum = 0;
      for (int i = 0; i < 512; i++) {
        sum += tar[at + i] & 0xff;
      }
      byte[] text = bytes("%06o\0 ".formatted(sum));
      System.arraycopy(text, 0, tar, at + 148, 8);
    }
  }
}
