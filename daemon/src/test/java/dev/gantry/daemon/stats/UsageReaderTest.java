package dev.gantry.daemon.stats;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.linux.cgroup.CgroupStats;
import dev.gantry.linux.cgroup.Pressure;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** When control groups are read, and what is made of it. */
class UsageReaderTest {
  private static final long SECOND = 1_000_000_000L;

  private final AtomicLong now = new AtomicLong(1_000 * SECOND);
  private final AtomicLong cpu = new AtomicLong();
  private final AtomicInteger reads = new AtomicInteger();
  private final Set<String> alive = new HashSet<>();
  private final UsageReader reader =
      new UsageReader(
          path -> {
            reads.incrementAndGet();
            return stats(cpu.get());
          },
          now::get,
          alive::contains);

  private static CgroupStats stats(long cpuNanos) {
    return new CgroupStats(
        cpuNanos, 100, 80, 60, 7, 2, 1_000, 5, 50, 3, 0, pressure(1), pressure(2), pressure(3));
  }

  private static Pressure pressure(long micros) {
    return new Pressure(
        new Pressure.Share(1.5, 2.5, 3.5, micros),
        new Pressure.Share(0.5, 0.25, 0.125, micros * 2));
  }

  @Test
  void whoAsksWithinAMomentSharesTheReading() throws Exception {
    for (int i = 0; i < 100; i++) {
      reader.read("one", "/one");
      now.addAndGet(Duration.ofMillis(1).toNanos());
    }
    assertThat(reads).hasValue(1);
    reader.read("other", "/other");
    assertThat(reads).hasValue(2);
    now.addAndGet(UsageReader.SHARED.toNanos());
    assertThat(reader.read("one", "/one").at()).isEqualTo(now.get());
    assertThat(reads).hasValue(3);
  }

  @Test
  void theRateIsThatBetweenTheLastTwoReadings() throws Exception {
    assertThat(reader.read("one", "/one").nanoCores()).isNull();
    cpu.addAndGet(SECOND / 2);
    now.addAndGet(2 * SECOND);
    assertThat(reader.read("one", "/one").cpu().getUsageNanoCores().getValue())
        .isEqualTo(SECOND / 4);
    now.addAndGet(SECOND);
    assertThat(reader.read("one", "/one").cpu().getUsageNanoCores().getValue()).isZero();
  }

  @Test
  void aClockThatIsSetBackMakesNoRateAndNoLastingOldAnswer() throws Exception {
    reader.read("one", "/one");
    now.addAndGet(-100 * SECOND);
    Usage usage = reader.read("one", "/one");
    assertThat(usage.at()).isEqualTo(now.get());
    assertThat(usage.nanoCores()).isNull();
  }

  @Test
  void whatIsGoneIsForgotten() throws Exception {
    alive.add("stays");
    reader.read("stays", "/stays");
    for (int i = 0; i < 2_500; i++) {
      reader.read("gone-" + i, "/gone");
    }
    assertThat(reader.remembered()).isLessThan(1_001);
    assertThat(reader.read("stays", "/stays").nanoCores()).isNull();
    reader.forget("stays");
    now.addAndGet(SECOND);
    assertThat(reader.read("stays", "/stays").nanoCores()).isNull();
  }

  @Test
  void everyFigureIsTold() throws Exception {
    Usage usage = reader.read("one", "/one");
    assertThat(usage.cpu().getTimestamp()).isEqualTo(now.get());
    assertThat(usage.cpu().getUsageCoreNanoSeconds().getValue()).isZero();
    assertThat(usage.cpu().getPsi().getSome().getTotal()).isEqualTo(1_000);
    assertThat(usage.cpu().getPsi().getSome().getAvg10()).isEqualTo(1.5);
    assertThat(usage.cpu().getPsi().getSome().getAvg60()).isEqualTo(2.5);
    assertThat(usage.cpu().getPsi().getSome().getAvg300()).isEqualTo(3.5);
    assertThat(usage.cpu().getPsi().getFull().getTotal()).isEqualTo(2_000);
    var memory = usage.memory();
    assertThat(memory.getTimestamp()).isEqualTo(now.get());
    assertThat(memory.getUsageBytes().getValue()).isEqualTo(100);
    assertThat(memory.getWorkingSetBytes().getValue()).isEqualTo(80);
    assertThat(memory.getRssBytes().getValue()).isEqualTo(60);
    assertThat(memory.getPageFaults().getValue()).isEqualTo(7);
    assertThat(memory.getMajorPageFaults().getValue()).isEqualTo(2);
    assertThat(memory.getAvailableBytes().getValue()).isEqualTo(920);
    assertThat(memory.getPsi().getSome().getTotal()).isEqualTo(2_000);
    var swap = requireNonNull(usage.swap());
    assertThat(swap.getTimestamp()).isEqualTo(now.get());
    assertThat(swap.getSwapUsageBytes().getValue()).isEqualTo(5);
    assertThat(swap.getSwapAvailableBytes().getValue()).isEqualTo(45);
    var io = requireNonNull(usage.io());
    assertThat(io.getTimestamp()).isEqualTo(now.get());
    assertThat(io.getPsi().getFull().getTotal()).isEqualTo(6_000);
    assertThat(usage.processes().getTimestamp()).isEqualTo(now.get());
    assertThat(usage.processes().getProcessCount().getValue()).isEqualTo(3);
  }

  @Test
  void whatTheKernelDoesNotCountIsLeftOut() {
    long none = Long.MAX_VALUE;
    var usage =
        new Usage(
            1, new CgroupStats(1, 2, 3, 4, 5, 6, none, -1, none, 0, 0, null, null, null), null);
    assertThat(usage.swap()).isNull();
    assertThat(usage.io()).isNull();
    assertThat(usage.cpu().hasPsi()).isFalse();
    assertThat(usage.cpu().hasUsageNanoCores()).isFalse();
    assertThat(usage.memory().hasPsi()).isFalse();
    assertThat(usage.memory().hasAvailableBytes()).isFalse();
    var unlimited =
        new Usage(
            1, new CgroupStats(1, 2, 3, 4, 5, 6, none, 7, none, 0, 0, null, null, null), null);
    assertThat(requireNonNull(unlimited.swap()).hasSwapAvailableBytes()).isFalse();
  }
}
