package dev.gantry.agent.worker;

import dev.gantry.agent.image.ImageManager;
import dev.gantry.agent.pleg.PodCache;
import dev.gantry.agent.probe.ProbeResults;
import dev.gantry.agent.runtime.PodRuntime;
import dev.gantry.agent.status.EventRecorder;
import java.time.InstantSource;

/** What every worker works with. */
public record WorkerParts(
    PodRuntime runtime,
    PodCache cache,
    PodParts parts,
    ImageManager images,
    ProbeResults probes,
    EventRecorder events,
    PodReports reports,
    InstantSource clock) {}
