package dev.gantry.image.http;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Closes the connection of an upload that does not move on: a socket's read timeout says nothing
 * about writes.
 */
final class SendWatch implements AutoCloseable {
  private final AtomicLong sent = new AtomicLong();
  private final Thread thread;

  SendWatch(Wire wire, Duration stall) {
    thread = Thread.ofVirtual().name("upload watch").start(() -> watch(wire, stall));
  }

  AtomicLong sent() {
    return sent;
  }

  private void watch(Wire wire, Duration stall) {
    long seen = -1;
    while (true) {
      try {
        Thread.sleep(stall);
      } catch (InterruptedException done) {
        return;
      }
      long now = sent.get();
      if (now == seen) {
        wire.close();
        return;
      }
      seen = now;
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
