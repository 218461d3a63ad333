package dev.gantry.daemon.stats;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.daemon.pod.SandboxOptions;
import dev.gantry.daemon.pod.Sandboxes;
import dev.gantry.daemon.runtime.Clock;
import dev.gantry.linux.namespace.NamespaceType;
import dev.gantry.linux.namespace.PodNamespaces;
import dev.gantry.linux.net.LinkStats;
import dev.gantry.linux.net.Links;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * What went through the links of pods' own network namespaces. All who ask within {@link
 * UsageReader#SHARED} share one reading, which takes a thread in the pod's namespace.
 */
public final class PodLinks {
  private static final String LOOPBACK = "lo";
  private static final String DEFAULT = "eth0";

  /** Where links are read: the kernel, but for a test. */
  @FunctionalInterface
  interface Source {
    List<LinkStats> read(String podId) throws IOException;
  }

  private record Reading(long at, List<LinkStats> links) {}

  private final Source source;
  private final LongSupplier clock;
  private final Predicate<String> alive;
  private final ConcurrentHashMap<String, Reading> last = new ConcurrentHashMap<>();
  private final AtomicInteger readings = new AtomicInteger();

  public PodLinks(Sandboxes sandboxes) {
    this(
        id -> PodNamespaces.inNetwork(sandboxes.paths(id).pin(NamespaceType.NETWORK), Links::stats),
        Clock::now,
        id -> sandboxes.pods().exactly(id).isPresent());
  }

  PodLinks(Source source, LongSupplier clock, Predicate<String> alive) {
    this.source = source;
    this.clock = clock;
    this.alive = alive;
  }

  /**
   * The links of a ready pod but for loopback, the default one first; none of a pod in the node's
   * network, whose traffic is the node's.
   */
  List<LinkStats> of(PodRecord pod) throws IOException {
    if (new SandboxOptions(pod.getConfig()).hostNetwork()) {
      return List.of();
    }
    String id = pod.getId();
    Reading before = last.get(id);
    if (before != null && UsageReader.fresh(before.at(), clock.getAsLong())) {
      return before.links();
    }
    List<LinkStats> links = ordered(source.read(id));
    last.put(id, new Reading(clock.getAsLong(), links));
    if (readings.incrementAndGet() % UsageReader.SWEEP == 0) {
      last.keySet().removeIf(other -> !alive.test(other));
    }
    return links;
  }

  private static List<LinkStats> ordered(List<LinkStats> all) {
    var links = new ArrayList<LinkStats>();
    for (LinkStats link : all) {
      if (link.name().equals(DEFAULT)) {
        links.addFirst(link);
      } else if (!link.name().equals(LOOPBACK)) {
        links.add(link);
      }
    }
    return List.copyOf(links);
  }

  /** The pod does not run any more. */
  void forget(String podId) {
    last.remove(podId);
  }

  /** Of how many pods something is remembered. */
  int remembered() {
    return last.size();
  }
}
