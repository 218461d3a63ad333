package dev.gantry.daemon.stats;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.linux.net.LinkStats;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** When the links of pods are read. */
class PodLinksTest {
  private final AtomicLong now = new AtomicLong(1_000_000_000_000L);
  private final AtomicInteger reads = new AtomicInteger();
  private final Set<String> alive = new HashSet<>();
  private final PodLinks links =
      new PodLinks(
          id -> {
            reads.incrementAndGet();
            return Stream.of("lo", "net1", "eth0").map(PodLinksTest::link).toList();
          },
          now::get,
          alive::contains);

  private static LinkStats link(String name) {
    return new LinkStats(name, LinkStats.Direction.NONE, LinkStats.Direction.NONE);
  }

  private static PodRecord pod(String id) {
    return PodRecord.newBuilder().setId(id).build();
  }

  @Test
  void whoAsksWithinAMomentSharesTheReading() throws Exception {
    for (int i = 0; i < 100; i++) {
      assertThat(links.of(pod("one"))).isEqualTo(List.of(link("eth0"), link("net1")));
      now.addAndGet(Duration.ofMillis(1).toNanos());
    }
    assertThat(reads).hasValue(1);
    links.of(pod("other"));
    assertThat(reads).hasValue(2);
    now.addAndGet(UsageReader.SHARED.toNanos());
    links.of(pod("one"));
    assertThat(reads).hasValue(3);
  }

  @Test
  void whatIsGoneIsForgotten() throws Exception {
    alive.add("stays");
    links.of(pod("stays"));
    for (int i = 0; i < 2_500; i++) {
      links.of(pod("gone-" + i));
    }
    assertThat(links.remembered()).isLessThan(1_001);
    int before = reads.get();
    links.of(pod("stays"));
    assertThat(reads).hasValue(before);
    links.forget("stays");
    links.of(pod("stays"));
    assertThat(reads).hasValue(before + 1);
  }
}
