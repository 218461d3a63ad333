package dev.gantry.streaming.client;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Bytes from one thread to another, so that who gives them need not wait for who takes them before
 * there are many. A thread is woken only when it waits.
 */
final class ByteQueue {
  private static final int CAPACITY = 512 << 10;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();
  private final Condition some = lock.newCondition();
  private final byte[] ring = new byte[CAPACITY];
  private int at;
  private int count;
  private boolean ended;
  private boolean broken;

  /** Gives bytes; waits for room. They are dropped when nobody takes them any more. */
  void put(byte[] from, int offset, int length) throws IOException {
    lock.lock();
    try {
      for (int done = 0; done < length; ) {
        while (count == CAPACITY && !broken) {
          room.await();
        }
        if (broken) {
          return;
        }
        int end = (at + count) % CAPACITY;
        int piece = Math.min(length - done, Math.min(CAPACITY - count, CAPACITY - end));
        System.arraycopy(from, offset + done, ring, end, piece);
        count += piece;
        done += piece;
        some.signal();
      }
    } catch (InterruptedException e) {
      throw interrupted();
    } finally {
      lock.unlock();
    }
  }

  /** Says that nothing more is given. */
  void end() {
    lock.lock();
    try {
      ended = true;
      some.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Says that nothing more is taken. */
  void abandon() {
    lock.lock();
    try {
      broken = true;
      room.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Writes all that is given, until its end. */
  void drainTo(OutputStream out) throws IOException {
    for (int length = next(); length > 0; length = next()) {
      out.write(ring, at, length);
      taken(length);
    }
  }

  /** How many bytes lie in one piece; waits for some, 0 at the end. */
  private int next() throws IOException {
    lock.lock();
    try {
      while (count == 0 && !ended) {
        some.await();
      }
      return Math.min(count, CAPACITY - at);
    } catch (InterruptedException e) {
      throw interrupted();
    } finally {
      lock.unlock();
    }
  }

  private void taken(int length) {
    lock.lock();
    try {
      at = (at + length) % CAPACITY;
      count -= length;
      room.signal();
    } finally {
      lock.unlock();
    }
  }

  private static IOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted");
  }
}
