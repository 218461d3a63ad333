package dev.gantry.image.layer;

import dev.gantry.image.DigestMismatchException;
import dev.gantry.linux.BulkInputStream;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongConsumer;

/**
 * Passes bytes on and at their end throws unless they are the ones that were named. More bytes than
 * stated end it at once.
 */
public final class VerifyingStream extends BulkInputStream {
  private final InputStream in;
  private final String what;
  private final Digest expected;
  private final long size;
  private final LongConsumer progress;
  private final StreamHash hash;
  private long count;
  private boolean verified;

  /**
   * @param what for the error: {@code "layer"}
   * @param size stated bytes, negative when nobody stated them
   * @param progress told the number of bytes so far
   */
  public VerifyingStream(
      InputStream in, String what, Digest expected, long size, LongConsumer progress) {
    this.in = in;
    this.what = what;
    this.expected = expected;
    this.size = size;
    this.progress = progress;
    this.hash = StreamHash.of(expected.algorithm());
  }

  /** Bytes that have passed. */
  public long count() {
    return count;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (verified) {
      return -1;
    }
    int n = in.read(buffer, offset, length);
    if (n < 0) {
      verify();
      return -1;
    }
    count += n;
    if (size >= 0 && count > size) {
      throw new DigestMismatchException(what, expected, size, "more");
    }
    hash.update(buffer, offset, n);
    progress.accept(count);
    return n;
  }

  private void verify() throws DigestMismatchException {
    if (size >= 0 && count != size) {
      throw new DigestMismatchException(what, expected, size, Long.toString(count));
    }
    Digest actual = hash.finish();
    if (!actual.equals(expected)) {
      throw new DigestMismatchException(what, expected, actual);
    }
    verified = true;
  }

  /** Reads to the end, so that everything is verified; false when there was more to read. */
  public boolean drain() throws IOException {
    byte[] rest = new byte[16 * 1024];
    boolean none = true;
    while (read(rest, 0, rest.length) >= 0) {
      none = false;
    }
    return none;
  }

  @Override
  public void close() throws IOException {
    hash.close();
    in.close();
  }
}
