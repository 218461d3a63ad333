package dev.gantry.image;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs how running pulls get on, every few seconds as long as there are any. */
final class PullLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PullLog.class);
  private static final double MIB = 1 << 20;

  private final Duration interval;
  private final Supplier<List<PullStatus>> pulls;
  private @Nullable Thread thread;

  /** Bytes at the last line, by what tells a pull from another. */
  private final Map<Object, Long> before = new HashMap<>();

  private record Key(Object reference, Object since) {}

  PullLog(Duration interval, Supplier<List<PullStatus>> pulls) {
    this.interval = interval;
    this.pulls = pulls;
  }

  /** A pull has begun. */
  synchronized void wake() {
    if (thread == null) {
      thread = Thread.ofVirtual().name("pull-log").start(this::run);
    }
  }

  private void run() {
    try {
      do {
        Thread.sleep(interval);
      } while (line());
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    }
  }

  /** One line for each pull; false, and the end of the thread, when there is none. */
  private synchronized boolean line() {
    List<PullStatus> running = pulls.get();
    before.keySet().retainAll(running.stream().map(PullLog::key).toList());
    for (PullStatus pull : running) {
      long bytes = pull.bytes();
      Long earlier = before.put(key(pull), bytes);
      LOG.info(text(pull, bytes - (earlier == null ? 0 : earlier), interval));
    }
    if (running.isEmpty()) {
      thread = null;
    }
    return !running.isEmpty();
  }

  private static Key key(PullStatus pull) {
    return new Key(pull.reference(), pull.since());
  }

  /** For instance {@code pulling a/b:1 from h: 12.0 of 90.5 MiB, 4.1 MiB/s, 3 of 7 layers}. */
  static String text(PullStatus pull, long more, Duration over) {
    var text = new StringBuilder("pulling " + pull.reference());
    text.append(pull.host().isEmpty() ? "" : " from " + pull.host());
    if (pull.layers().isEmpty()) {
      return text.append(": asking for its manifest").toString();
    }
    text.append(": ").append(mib((double) pull.bytes()));
    text.append(pull.total() < 0 ? "" : " of " + mib((double) pull.total())).append(" MiB, ");
    text.append(mib(Math.max(0, more) * 1000.0 / over.toMillis())).append(" MiB/s, ");
    text.append(pull.finishedLayers()).append(" of ").append(pull.layers().size());
    text.append(" layers");
    return pull.callers() > 0 ? text.toString() : text.append(", nobody waits for it").toString();
  }

  private static String mib(double bytes) {
    return String.format(Locale.ROOT, "%.1f", bytes / MIB);
  }

  @Override
  public synchronized void close() {
    if (thread != null) {
      thread.interrupt();
    }
  }
}
