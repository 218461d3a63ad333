package dev.gantry.daemon.container;

import dev.gantry.container.LogWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** How much of a container's output its log did not get, while its disk is full. */
final class LogLoss {
  private final Path log;
  private final LogWriter writer;
  private final LongAdder lost = new LongAdder();
  private @Nullable LogFlow last;
  private long missing;
  private long told;

  LogLoss(Path log, LogWriter writer) {
    this.log = log;
    this.writer = writer;
  }

  /** Bytes that are known to be lost. */
  long sum() {
    return lost.sum();
  }

  /** Whether, for the first time since the disk was full, more was read than written. */
  boolean begins() {
    Optional<LogFlow> now = LogFlow.of(writer, log);
    LogFlow before = last;
    if (now.isEmpty()) {
      return false;
    }
    last = now.get();
    if (before == null) {
      return false;
    }
    long earlier = missing;
    missing = Math.max(0, missing + now.get().missingSince(before));
    lost.add(Math.max(0, missing - Math.max(earlier, LogFlow.NOISE_BYTES)));
    return earlier <= LogFlow.NOISE_BYTES && missing > LogFlow.NOISE_BYTES;
  }

  /** Begins anew; how much was lost since it did so before. */
  long roomAgain() {
    long since = lost.sum() - told;
    told += since;
    last = null;
    missing = 0;
    return since;
  }
}
