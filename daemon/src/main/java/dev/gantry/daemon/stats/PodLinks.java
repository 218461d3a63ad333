package dev.gantry.daemon.stats;

import dev.gantry.cri.store.PodRecord;
import dev.gantry.daemon.pod.SandboxOptions;
import dev.gantry.daemon.pod.Sandboxes;
import dev.gantry.linux.namespace.NamespaceType;
import dev.gantry.linux.namespace.PodNamespaces;
import dev.gantry.linux.net.LinkStats;
import dev.gantry.linux.net.Links;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What went through the links of pods' own network namespaces. */
public final class PodLinks {
  private static final String LOOPBACK = "lo";
  private static final String DEFAULT = "eth0";

  private final Sandboxes sandboxes;

  public PodLinks(Sandboxes sandboxes) {
    this.sandboxes = sandboxes;
  }

  /**
   * The links of a ready pod but for loopback, the default one first; none of a pod in the node's
   * network, whose traffic is the node's.
   */
  List<LinkStats> of(PodRecord pod) throws IOException {
    if (new SandboxOptions(pod.getConfig()).hostNetwork()) {
      return List.of();
    }
    var links = new ArrayList<LinkStats>();
    var pin = sandboxes.paths(pod.getId()).pin(NamespaceType.NETWORK);
    for (LinkStats link : PodNamespaces.inNetwork(pin, Links::stats)) {
      if (link.name().equals(DEFAULT)) {
        links.addFirst(link);
      } else if (!link.name().equals(LOOPBACK)) {
        links.add(link);
      }
    }
    return links;
  }
}
