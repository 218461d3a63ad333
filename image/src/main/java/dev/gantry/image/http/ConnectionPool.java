package dev.gantry.image.http;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Connections that wait for their next request: at most {@value #MOST_EACH} for one route and
 * {@value #MOST} in all, none for longer than {@link #IDLE}.
 */
final class ConnectionPool {
  private static final int MOST_EACH = 8;
  private static final int MOST = 32;
  private static final Duration IDLE = Duration.ofSeconds(15);

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Route, Deque<Wire>> idle = new HashMap<>();
  private int count;
  private boolean sweeping;

  /** The connection that was used last, or null. */
  @Nullable Wire take(Route route) {
    lock.lock();
    try {
      Deque<Wire> wires = idle.get(route);
      if (wires == null) {
        return null;
      }
      count--;
      Wire wire = wires.pop();
      if (wires.isEmpty()) {
        idle.remove(route);
      }
      return wire;
    } finally {
      lock.unlock();
    }
  }

  void give(Route route, Wire wire) {
    lock.lock();
    try {
      Deque<Wire> wires = idle.computeIfAbsent(route, r -> new ArrayDeque<>());
      if (count < MOST && wires.size() < MOST_EACH && !wire.buffered()) {
        wire.idleSince = System.nanoTime();
        wires.push(wire);
        count++;
        if (!sweeping) {
          sweeping = true;
          Thread.ofVirtual().name("idle connections").start(this::sweep);
        }
        return;
      }
      if (wires.isEmpty()) {
        idle.remove(route);
      }
    } finally {
      lock.unlock();
    }
    wire.close();
  }

  /** Runs while there is something to sweep, so that a daemon at rest has neither fd nor timer. */
  private void sweep() {
    while (true) {
      try {
        Thread.sleep(IDLE.dividedBy(3));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      var old = new ArrayList<Wire>();
      boolean empty;
      lock.lock();
      try {
        long limit = System.nanoTime() - IDLE.toNanos();
        idle.values().removeIf(wires -> dropOld(wires, limit, old));
        count -= old.size();
        empty = idle.isEmpty();
        sweeping = !empty;
      } finally {
        lock.unlock();
      }
      old.forEach(Wire::close);
      if (empty) {
        return;
      }
    }
  }

  /** The oldest are last; returns whether none is left. */
  private static boolean dropOld(Deque<Wire> wires, long limit, List<Wire> old) {
    for (Wire last = wires.peekLast();
        last != null && last.idleSince - limit < 0;
        last = wires.peekLast()) {
      old.add(wires.removeLast());
    }
    return wires.isEmpty();
  }
}
