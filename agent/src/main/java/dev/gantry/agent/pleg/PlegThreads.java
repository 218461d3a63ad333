package dev.gantry.agent.pleg;

import dev.gantry.agent.runtime.RuntimeCallException;
import dev.gantry.agent.runtime.RuntimeEvents;
import io.grpc.Status.Code;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The two threads that drive a {@link Pleg}: one lists everything, often while the runtime tells of
 * nothing and seldom while it does; the other listens to the runtime's events and looks at each pod
 * that it is told of. A stream that breaks is opened again after a moment, with a list in between.
 */
public final class PlegThreads implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PlegThreads.class.getName());
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final Pleg pleg;
  private final RuntimeEvents events;
  private final Duration period;
  private final Duration eventedPeriod;
  private final AtomicBoolean evented = new AtomicBoolean();
  private final Semaphore broken = new Semaphore(0);
  private final Thread relisting;
  private final Thread listening;

  /**
   * Starts them.
   *
   * @param period between lists without events, the kubelet's is a second
   * @param eventedPeriod between lists with events
   */
  public PlegThreads(Pleg pleg, RuntimeEvents events, Duration period, Duration eventedPeriod) {
    this.pleg = pleg;
    this.events = events;
    this.period = period;
    this.eventedPeriod = eventedPeriod;
    relisting = Thread.ofVirtual().name("pleg-relist").start(this::relist);
    listening = Thread.ofVirtual().name("pleg-events").start(this::listen);
  }

  /** Whether the runtime tells of changes at this moment. */
  public boolean evented() {
    return evented.get();
  }

  private void relist() {
    try {
      while (true) {
        // The first list after the stream was opened may be older than the runtime's end of it.
        boolean told = evented.get();
        boolean complete = pleg.relist();
        Duration left = told && evented.get() && complete ? eventedPeriod : period;
        // When the stream breaks, lists must come often at once.
        if (broken.tryAcquire(left.toMillis(), TimeUnit.MILLISECONDS)) {
          broken.drainPermits();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void listen() {
    while (!Thread.currentThread().isInterrupted()) {
      try {
        events.listen(
            () -> {
              evented.set(true);
              // What happened before the stream was open is in this list.
              pleg.relist();
            },
            pleg::look);
      } catch (RuntimeCallException e) {
        if (e.code() == Code.UNIMPLEMENTED) {
          LOG.log(Level.INFO, "the runtime tells of no events; its pods are listed instead");
          return;
        }
        LOG.log(Level.DEBUG, "container events", e);
      } finally {
        evented.set(false);
        broken.release();
      }
      try {
        Thread.sleep(RETRY);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  @Override
  public void close() {
    relisting.interrupt();
    listening.interrupt();
    try {
      relisting.join(Duration.ofSeconds(10));
      listening.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
