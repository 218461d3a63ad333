package dev.gantry.daemon.stats;

import dev.gantry.cri.v1.UInt64Value;
import dev.gantry.daemon.runtime.Clock;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupStats;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What control groups have used. Nothing is read before somebody asks, and all who ask within
 * {@link #SHARED} share one reading, so a node costs nothing while nobody looks and no more for
 * many who look than for one. The rate of cpu use is that between the last two readings.
 */
public final class UsageReader {
  /** How long a reading is good for; the least time between two that make a rate. */
  static final Duration SHARED = Duration.ofMillis(500);

  /** After so many readings those of owners that are gone are forgotten. */
  static final int SWEEP = 1_000;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** Where control groups are read: the kernel, but for a test. */
  @FunctionalInterface
  interface Source {
    CgroupStats read(String cgroupPath) throws IOException;
  }

  private final Source source;
  private final LongSupplier clock;
  private final Predicate<String> alive;
  private final ConcurrentHashMap<String, Usage> last = new ConcurrentHashMap<>();
  private final AtomicInteger readings = new AtomicInteger();

  /**
   * @param alive whether there is a pod or container of that id
   */
  public UsageReader(CgroupHost host, Predicate<String> alive) {
    this(path -> Cgroup.of(host, path).stats(), Clock::now, alive);
  }

  UsageReader(Source source, LongSupplier clock, Predicate<String> alive) {
    this.source = source;
    this.clock = clock;
    this.alive = alive;
  }

  /**
   * The usage of a control group, at most {@link #SHARED} old.
   *
   * @param owner the pod's or container's id
   */
  public Usage read(String owner, String cgroupPath) throws IOException {
    return read(owner, cgroupPath, source);
  }

  /** The same from another source: not every container's processes are in its control group. */
  Usage read(String owner, String cgroupPath, Source from) throws IOException {
    Usage before = last.get(owner);
    if (before != null && fresh(before.at(), clock.getAsLong())) {
      return before;
    }
    CgroupStats stats = from.read(cgroupPath);
    long now = clock.getAsLong();
    sweep();
    Usage after =
        last.compute(
            owner,
            (key, previous) ->
                previous != null && fresh(previous.at(), now)
                    ? previous
                    : next(previous, now, stats));
    return after;
  }

  /** The last reading, however old; empty where there was none. */
  Optional<Usage> last(String owner) {
    return Optional.ofNullable(last.get(owner));
  }

  /** A clock that was set back makes every reading an old one. */
  static boolean fresh(long at, long now) {
    long age = now - at;
    return age >= 0 && age < SHARED.toNanos();
  }

  private static Usage next(@Nullable Usage before, long now, CgroupStats stats) {
    if (before == null || now <= before.at()) {
      return new Usage(now, stats, null);
    }
    long used = Math.max(0, stats.cpuUsageNanos() - before.cgroup().cpuUsageNanos());
    long rate = (long) ((double) used / (now - before.at()) * NANOS_PER_SECOND);
    return new Usage(now, stats, rate);
  }

  private void sweep() {
    if (readings.incrementAndGet() % SWEEP == 0) {
      last.keySet().removeIf(owner -> !alive.test(owner));
    }
  }

  /** Nothing of {@code owner} runs any more. */
  public void forget(String owner) {
    last.remove(owner);
  }

  /** Of how many owners something is remembered. */
  int remembered() {
    return last.size();
  }

  static UInt64Value value(long value) {
    return UInt64Value.newBuilder().setValue(value).build();
  }
}
