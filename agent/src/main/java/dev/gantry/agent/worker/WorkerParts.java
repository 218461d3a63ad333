package dev.gantry.agent.worker;

import dev.gantry.agent.image.ImageManager;
import dev.gantry.agent.pleg.PodCache;
import dev.gantry.agent.probe.ProbeResults;
import dev.gantry.agent.runtime.PodRuntime;
import dev.gantry.agent.status.EventRecorder;
import java.time.InstantSource;
import java.util.List;

/**
 * What every worker works with.
 *
 * @param nodeIps the node's addresses, which pods on its network have
 */
public record WorkerParts(
    PodRuntime runtime,
    PodCache cache,
    PodParts parts,
    ImageManager images,
    ProbeResults probes,
    EventRecorder events,
    PodReports reports,
    List<String> nodeIps,
    InstantSource clock) {
  public WorkerParts {
    nodeIps = List.copyOf(nodeIps);
  }
}
