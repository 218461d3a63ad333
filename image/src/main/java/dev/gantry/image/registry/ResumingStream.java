package dev.gantry.image.registry;

import dev.gantry.image.RegistryException;
import dev.gantry.image.RegistryException.Attempt;
import dev.gantry.image.RegistryException.Kind;
import dev.gantry.oci.Digest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** A blob's bytes in order, over as many connections as it takes; gives up when none moves on. */
final class ResumingStream extends InputStream {
  private static final int FRUITLESS = 3;

  private final RegistrySession session;
  private final Digest digest;
  private BlobRange answer;
  private InputStream body;
  private long offset;

  /** Where the answer at hand ends, -1 when it does not say. */
  private long end;

  private int fruitless;

  ResumingStream(RegistrySession session, Digest digest) throws IOException {
    this.session = session;
    this.digest = digest;
    this.answer = BlobPuller.open(session, digest, 0, Long.MAX_VALUE);
    this.body = answer.body();
    this.end = answer.length();
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int from, int length) throws IOException {
    while (true) {
      IOException broken;
      try {
        int n = body.read(buffer, from, length);
        if (n > 0) {
          offset += n;
          fruitless = 0;
          return n;
        }
        if (n == 0 || end < 0 || offset >= end) {
          return n;
        }
        broken = new EOFException("the connection ended after " + offset + " of " + end + " bytes");
      } catch (IOException e) {
        broken = e;
      }
      if (Thread.currentThread().isInterrupted() || ++fruitless > FRUITLESS) {
        throw failed(broken);
      }
      reopen(broken);
    }
  }

  private void reopen(IOException broken) throws IOException {
    answer.broken();
    answer.close();
    try {
      session.retry().pause(fruitless, -1);
      answer = BlobPuller.open(session, digest, offset, Long.MAX_VALUE);
      body = answer.body();
      end = answer.length() < 0 ? -1 : answer.start() + answer.length();
      body.skipNBytes(offset - answer.start());
    } catch (IOException e) {
      e.addSuppressed(broken);
      throw e;
    }
  }

  private RegistryException failed(IOException cause) {
    return new RegistryException(
        Kind.UNREACHABLE,
        List.of(new Attempt(answer.host(), 0, NetworkFailure.describe(cause))),
        cause);
  }

  @Override
  public void close() {
    answer.close();
  }
}
