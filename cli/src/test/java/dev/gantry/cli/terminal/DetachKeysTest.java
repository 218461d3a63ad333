package dev.gantry.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DetachKeysTest {
  /** What is typed, with P and Q for Ctrl-P and Ctrl-Q; what comes through; whether one leaves. */
  @ParameterizedTest
  @CsvSource({
    "abc, abc, 0",
    "PQ, '', 1",
    "abPQcd, ab, 1",
    "aPbPPc, aPbPPc, 0",
    "PPQ, P, 1",
    "aP, aP, 0",
    "QaQ, QaQ, 0",
    "PaQ, PaQ, 0",
    "P, P, 0",
  })
  void onlyTheTwoKeysInOrderLeave(String typed, String through, int left) throws IOException {
    for (int size : new int[] {1, 2, 3, 100}) {
      var detached = new AtomicInteger();
      var out = new ByteArrayOutputStream();
      var filter =
          new DetachKeys(
              new ByteArrayInputStream(keys(typed)),
              () -> {
                detached.incrementAndGet();
                // What came before was given out before.
                assertThat(out.toByteArray()).isEqualTo(keys(through));
              });

      copy(filter, out, size);
      assertThat(out.toByteArray()).as("%s bytes at a time", size).isEqualTo(keys(through));
      assertThat(detached).hasValue(left);
    }
  }

  private static byte[] keys(String text) {
    return text.replace('P', '\020').replace('Q', '\021').getBytes(StandardCharsets.US_ASCII);
  }

  private static void copy(InputStream from, OutputStream to, int size) throws IOException {
    byte[] some = new byte[size];
    for (int n = from.read(some); n >= 0; n = from.read(some)) {
      to.write(some, 0, n);
    }
  }
}
