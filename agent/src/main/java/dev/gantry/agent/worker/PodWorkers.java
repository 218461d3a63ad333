package dev.gantry.agent.worker;

import dev.gantry.agent.image.Backoff;
import dev.gantry.agent.worker.PodMachine.State;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A thread per pod. What is wished for a pod replaces what was wished before; however often it is
 * woken while it works, it steps once more after that.
 */
public final class PodWorkers implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PodWorkers.class.getName());

  private final WorkerParts parts;
  private final Backoff backoff;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Worker> workers = new HashMap<>();
  private boolean closed;

  public PodWorkers(WorkerParts parts) {
    this.parts = parts;
    this.backoff = new Backoff(parts.clock());
  }

  /** Sets what a pod is to become; a pod that was told to end does not come back to life. */
  public void wish(Wish wish) {
    String uid = wish.pod().metadata().uid();
    lock.lock();
    try {
      if (closed) {
        return;
      }
      Worker worker = workers.get(uid);
      if (worker == null) {
        worker = new Worker(uid, wish);
        workers.put(uid, worker);
        worker.start();
      } else {
        worker.wish(wish);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Something happened to a pod. */
  public void wake(String uid) {
    lock.lock();
    try {
      Optional.ofNullable(workers.get(uid)).ifPresent(Worker::wake);
    } finally {
      lock.unlock();
    }
  }

  /** Something may have happened to any pod. */
  public void wakeAll() {
    lock.lock();
    try {
      workers.values().forEach(Worker::wake);
    } finally {
      lock.unlock();
    }
  }

  /** What pods show of other objects has changed. */
  public void refreshAll() {
    lock.lock();
    try {
      workers.values().forEach(w -> w.machine.outOfDate());
      workers.values().forEach(Worker::wake);
    } finally {
      lock.unlock();
    }
  }

  /** The pods that have a worker. */
  public Set<String> uids() {
    lock.lock();
    try {
      return Set.copyOf(workers.keySet());
    } finally {
      lock.unlock();
    }
  }

  /** Forgets back-off of containers that have not failed for long. */
  public void housekeeping() {
    backoff.forget();
  }

  /** Where a pod is in its life. */
  public Optional<State> state(String uid) {
    lock.lock();
    try {
      return Optional.ofNullable(workers.get(uid)).map(w -> w.machine.state());
    } finally {
      lock.unlock();
    }
  }

  /** Stops the threads; the pods go on. */
  @Override
  public void close() {
    List<Worker> all;
    lock.lock();
    try {
      closed = true;
      all = List.copyOf(workers.values());
    } finally {
      lock.unlock();
    }
    all.forEach(w -> w.thread.interrupt());
    for (Worker worker : all) {
      try {
        worker.thread.join(Duration.ofSeconds(10));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private final class Worker {
    private final String uid;
    private final PodMachine machine;
    private final Thread thread;
    private final Condition changed = lock.newCondition();
    private Wish wish;
    private boolean woken = true;

    Worker(String uid, Wish wish) {
      this.uid = uid;
      this.wish = wish;
      this.machine = new PodMachine(uid, parts, backoff);
      this.thread = Thread.ofVirtual().name("pod-" + uid).unstarted(this::work);
    }

    void start() {
      thread.start();
    }

    void wish(Wish next) {
      if (next.sameAs(wish) || (next.end().isEmpty() && wish.end().isPresent())) {
        return;
      }
      boolean interrupt = next.interrupts(wish) && machine.state() != State.ENDED;
      wish = next;
      wake();
      if (interrupt) {
        thread.interrupt();
      }
    }

    void wake() {
      woken = true;
      changed.signal();
    }

    private void work() {
      Instant next = Instant.MIN;
      while (true) {
        try {
          next = machine.step(await(next));
        } catch (InterruptedException e) {
          next = Instant.MIN; // a new wish, or the end
        } catch (RuntimeException e) {
          LOG.log(Level.ERROR, "worker of pod " + uid + " failed; it goes on", e);
          next = parts.clock().instant().plusSeconds(10);
        }
        if (over()) {
          if (machine.state() == State.GONE) {
            parts.reports().left();
          }
          return;
        }
      }
    }

    private boolean over() {
      lock.lock();
      try {
        if (machine.state() == State.GONE) {
          workers.remove(uid);
          backoff.forget(uid + "_");
          return true;
        }
        return closed;
      } finally {
        lock.unlock();
      }
    }

    private Wish await(Instant next) throws InterruptedException {
      lock.lockInterruptibly();
      try {
        while (!woken) {
          Duration left = Duration.between(parts.clock().instant(), clamp(next));
          if (!left.isPositive()) {
            break;
          }
          var _ = changed.await(left.toMillis() + 1, TimeUnit.MILLISECONDS);
        }
        woken = false;
        return wish;
      } finally {
        lock.unlock();
      }
    }

    private Instant clamp(Instant next) {
      Instant latest = parts.clock().instant().plus(PodMachine.RESYNC.multipliedBy(60));
      return next.isAfter(latest) ? latest : next.isBefore(Instant.EPOCH) ? Instant.EPOCH : next;
    }
  }
}
