package dev.gantry.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The head and body of an answer with a fault.
 *
 * @param promised what Content-Length says, -1 when there is none
 * @param length how many bytes are sent at most
 * @param flip offset of the byte that is changed, -1 for none
 */
record SpoiltBody(Fault fault, long promised, long length, long flip) {
  private static final int BUFFER = 64 * 1024;

  /** Makes the answer to one with these headers. */
  static SpoiltBody of(Fault fault, Map<String, String> headers) {
    long good = Long.parseLong(headers.getOrDefault("Content-Length", "-1"));
    return switch (fault) {
      case Fault.Cut(int after, boolean reset) -> new SpoiltBody(fault, good, after, -1);
      case Fault.Stall(int after) -> new SpoiltBody(fault, good, after, -1);
      case Fault.Flip(int at) ->
          new SpoiltBody(fault, good, Long.MAX_VALUE, good > 0 ? at % good : -1);
      case Fault.Shorter(int by) when good > 0 ->
          new SpoiltBody(fault, Math.max(0, good - by), Math.max(0, good - by), -1);
      case Fault.Longer(int by) when good > 0 ->
          new SpoiltBody(fault, good + by, Long.MAX_VALUE, -1);
      default -> new SpoiltBody(fault, good, Long.MAX_VALUE, -1);
    };
  }

  String head(int status, Map<String, String> headers) {
    if (promised >= 0) {
      headers.put("Content-Length", String.valueOf(promised));
    }
    StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Answer\r\n");
    if (fault instanceof Fault.OddHeaders(int seed)) {
      head.append(Garbage.headers(seed));
    }
    headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    if (promised < 0) {
      head.append("Connection: close\r\n");
    }
    return head.append("\r\n").toString();
  }

  /** Sends the body; false when the connection is not good for another answer. */
  boolean copy(InputStream in, OutputStream out, AtomicLong sent)
      throws IOException, InterruptedException {
    byte[] buffer = new byte[fault instanceof Fault.Trickle trickle ? trickle.piece() : BUFFER];
    long at = 0;
    while (at < length) {
      int n = in.read(buffer, 0, (int) Math.min(buffer.length, length - at));
      if (n < 0) {
        break;
      }
      if (flip >= at && flip < at + n) {
        buffer[(int) (flip - at)] ^= 1;
      }
      out.write(buffer, 0, n);
      at += n;
      sent.addAndGet(n);
      if (fault instanceof Fault.Trickle(int piece, java.time.Duration pause)) {
        out.flush();
        Thread.sleep(pause);
      }
    }
    if (fault instanceof Fault.Longer(int by) && promised > 0) {
      out.write(new byte[by]);
      sent.addAndGet(by);
      return true;
    }
    return at == promised;
  }
}
