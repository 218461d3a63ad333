package dev.gantry.agent.sync;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodPhase;
import dev.gantry.agent.api.PodStatus;
import dev.gantry.agent.image.ImageManager;
import dev.gantry.agent.podspec.NodeFacts;
import dev.gantry.agent.probe.ProbeKind;
import dev.gantry.agent.probe.ProbeManager;
import dev.gantry.agent.probe.ProbeResults;
import dev.gantry.agent.probe.Verdict;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.source.PodStore;
import dev.gantry.agent.status.PodStatuses;
import dev.gantry.agent.status.Readiness;
import dev.gantry.agent.status.Reason;
import dev.gantry.agent.status.StatusInput;
import dev.gantry.agent.status.TerminationMessages;
import dev.gantry.agent.worker.PodReports;
import dev.gantry.linux.file.DeleteTree;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Keeps what workers report as the pods' status, and starts and ends probes. */
final class Reports implements PodReports {
  private static final System.Logger LOG = System.getLogger(Reports.class.getName());

  private final PodStore store;
  private final ProbeManager probes;
  private final ProbeResults results;
  private final ImageManager images;
  private final NodeFacts node;
  private final InstantSource clock;
  private final PodStatuses statuses;
  private final Runnable changed;
  private final Set<String> reported = ConcurrentHashMap.newKeySet();

  /**
   * Reports.
   *
   * @param changed run when a pod is gone, which may let another one in
   */
  Reports(
      PodStore store,
      ProbeManager probes,
      ProbeResults results,
      ImageManager images,
      NodeFacts node,
      String runtimeName,
      InstantSource clock,
      Runnable changed) {
    this.store = store;
    this.probes = probes;
    this.results = results;
    this.images = images;
    this.node = node;
    this.clock = clock;
    this.statuses = new PodStatuses(new Probed(), new TerminationMessages(), runtimeName);
    this.changed = changed;
  }

  @Override
  public PodStatus report(
      Pod pod, PodSnapshot snapshot, Map<String, Reason> reasons, boolean over) {
    Optional<Pod> kept =
        store.update(
            pod.metadata().uid(), old -> old.withStatus(status(old, pod, snapshot, reasons, over)));
    reported.add(pod.metadata().uid());
    return kept.map(Pod::status).orElseGet(() -> status(pod, pod, snapshot, reasons, over));
  }

  /** Whether a pod's status is of this agent, not of the one before. */
  boolean isReported(String uid) {
    return reported.contains(uid);
  }

  private PodStatus status(
      Pod kept, Pod pod, PodSnapshot snapshot, Map<String, Reason> reasons, boolean over) {
    Pod whole = pod.withStatus(kept.status()).withMetadata(kept.metadata());
    PodStatus status =
        statuses.of(new StatusInput(whole, snapshot, reasons, over, node.ips(), clock.instant()));
    if (isOver(status) && !isOver(kept.status())) {
      probes.remove(pod.metadata().uid());
      changed.run();
    }
    return status;
  }

  private static boolean isOver(PodStatus status) {
    return status.phase() == PodPhase.Succeeded || status.phase() == PodPhase.Failed;
  }

  @Override
  public void fail(Pod pod, String reason, String message) {
    store.update(
        pod.metadata().uid(),
        kept ->
            kept.withStatus(
                kept.status().withPhase(PodPhase.Failed).withReason(reason).withMessage(message)));
  }

  @Override
  public void running(Pod pod) {
    probes.add(pod);
  }

  @Override
  public void ending(Pod pod) {
    probes.ending(pod.metadata().uid());
  }

  @Override
  public void gone(Pod pod) {
    String uid = pod.metadata().uid();
    probes.remove(uid);
    images.forget(uid);
    reported.remove(uid);
    try {
      String name = pod.metadata().namespace() + "_" + pod.metadata().name() + "_" + uid;
      Path logs = node.podLogs().resolve(name);
      if (Files.isDirectory(logs)) {
        DeleteTree.delete(logs);
      }
      store.delete(uid);
    } catch (IOException e) {
      LOG.log(Level.WARNING, "forget pod " + uid + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void left() {
    changed.run();
  }

  /** What the probes say; those that have not been asked yet are asked at once. */
  private final class Probed implements Readiness {
    @Override
    public boolean started(Pod pod, Container container, String containerId) {
      if (container.startupProbe() == null) {
        return true;
      }
      Optional<Verdict> verdict = results.get(containerId, ProbeKind.STARTUP);
      if (verdict.isEmpty()) {
        probes.hurry(pod.metadata().uid(), container.name(), ProbeKind.STARTUP);
      }
      return verdict.filter(v -> v == Verdict.SUCCESS).isPresent();
    }

    @Override
    public Optional<Boolean> ready(Pod pod, Container container, String containerId) {
      if (container.readinessProbe() == null) {
        return Optional.of(true);
      }
      Optional<Verdict> verdict = results.get(containerId, ProbeKind.READINESS);
      if (verdict.filter(v -> v == Verdict.SUCCESS).isEmpty()) {
        probes.hurry(pod.metadata().uid(), container.name(), ProbeKind.READINESS);
      }
      return verdict.map(v -> v == Verdict.SUCCESS);
    }
  }
}
