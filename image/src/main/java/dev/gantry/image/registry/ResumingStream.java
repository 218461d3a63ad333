package dev.gantry.image.registry;

import dev.gantry.image.RegistryException;
import dev.gantry.image.RegistryException.Attempt;
import dev.gantry.image.RegistryException.Kind;
import dev.gantry.image.http.FailureText;
import dev.gantry.linux.BulkInputStream;
import dev.gantry.oci.Digest;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * A blob's bytes in order, over as many connections and hosts as it takes; a {@link ResumeBudget}
 * is the end of it.
 */
final class ResumingStream extends BulkInputStream {
  /** What is told of the breaks in the error at the end. */
  private static final int MOST_TOLD = 4;

  private final RegistrySession session;
  private final Digest digest;
  private final ResumeBudget budget = new ResumeBudget();
  private final List<Attempt> breaks = new ArrayList<>();
  private BlobRange range;
  private InputStream body;
  private long offset;

  /** Where the answer at hand ends, -1 when it does not say. */
  private long end;

  ResumingStream(RegistrySession session, Digest digest) throws IOException {
    this.session = session;
    this.digest = digest;
    this.range = BlobPuller.open(session, digest, 0, Long.MAX_VALUE);
    this.body = range.body();
    this.end = range.length();
  }

  @Override
  public int read(byte[] buffer, int from, int length) throws IOException {
    while (true) {
      IOException broken;
      try {
        int n = body.read(buffer, from, length);
        if (n > 0) {
          offset += n;
          budget.progress(n);
          return n;
        }
        if (n == 0 || end < 0 || offset >= end) {
          return n;
        }
        broken = new EOFException("the connection ended");
      } catch (IOException e) {
        broken = e;
      }
      resume(broken);
    }
  }

  private void resume(IOException broken) throws IOException {
    range.broken();
    range.close();
    if (Thread.currentThread().isInterrupted()) {
      throw broken;
    }
    if (breaks.size() == MOST_TOLD) {
      breaks.remove(1);
    }
    String of = end < 0 ? "" : " of " + end;
    breaks.add(
        new Attempt(range.host(), 0, FailureText.of(broken) + " after " + offset + of + " bytes"));
    if (!budget.resume()) {
      Attempt last = breaks.removeLast();
      breaks.add(new Attempt(last.host(), 0, last.message() + "; " + budget));
      throw new RegistryException(Kind.UNREACHABLE, breaks, broken);
    }
    try {
      RetryPolicy.pause(session.retry().backoff(budget.fruitless()));
      range = BlobPuller.open(session, digest, offset, Long.MAX_VALUE);
      body = range.body();
      end = range.length() < 0 ? -1 : range.start() + range.length();
    } catch (IOException e) {
      e.addSuppressed(broken);
      throw e;
    }
    skip();
  }

  /** A host that ignores the range sends again what came already. */
  private void skip() throws IOException {
    try {
      body.skipNBytes(offset - range.start());
    } catch (IOException e) {
      resume(e);
    }
  }

  @Override
  public void close() {
    range.close();
  }
}
