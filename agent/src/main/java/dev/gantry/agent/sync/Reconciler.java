package dev.gantry.agent.sync;

import dev.gantry.agent.admission.Admission;
import dev.gantry.agent.admission.Decision;
import dev.gantry.agent.admission.Node;
import dev.gantry.agent.admission.RuntimeClassAdmission;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.ObjectMeta;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodPhase;
import dev.gantry.agent.api.PodStatus;
import dev.gantry.agent.podspec.Qos;
import dev.gantry.agent.source.PodStore;
import dev.gantry.agent.status.EventRecorder;
import dev.gantry.agent.worker.PodWorkers;
import dev.gantry.agent.worker.Wish;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes a wish for each pod's worker out of what is wanted and what is there. A pod that is there
 * and not wanted ends; one that is wanted is admitted once, and stays as it was admitted. A pod
 * waits for another one of its name to be gone, and for itself when it was to end before: a pod of
 * a file that comes back has the id that it had.
 */
final class Reconciler {
  private static final System.Logger LOG = System.getLogger(Reconciler.class.getName());

  private final DeclaredObjects objects;
  private final PodStore store;
  private final PodWorkers workers;
  private final EventRecorder events;
  private final Node node;
  private final InstantSource clock;
  private final Map<String, Duration> graces = new ConcurrentHashMap<>();
  private Set<KubeObject> lastShown = Set.of();

  Reconciler(
      DeclaredObjects objects,
      PodStore store,
      PodWorkers workers,
      EventRecorder events,
      Node node,
      InstantSource clock) {
    this.objects = objects;
    this.store = store;
    this.workers = workers;
    this.events = events;
    this.node = node;
    this.clock = clock;
  }

  /** Lets the pods of a name end within another time than their own, if they are to end. */
  void grace(String namespace, String name, Duration grace) {
    store.all().stream()
        .filter(p -> p.metadata().namespace().equals(namespace))
        .filter(p -> p.metadata().name().equals(name))
        .forEach(p -> graces.put(p.metadata().uid(), grace));
  }

  /** Compares once. */
  void run() throws IOException {
    Set<KubeObject> shown = objects.shown();
    if (!shown.equals(lastShown)) {
      lastShown = shown;
      workers.refreshAll();
    }
    Map<String, Pod> desired = Desired.pods(objects.fromFiles(), objects.applied());
    for (Pod pod : store.all()) {
      if (!desired.containsKey(pod.metadata().uid()) || ending(pod)) {
        end(pod);
      }
    }
    graces.keySet().removeIf(uid -> store.get(uid).isEmpty());
    for (Pod pod : desired.values()) {
      var kept = store.get(pod.metadata().uid());
      if (kept.isEmpty()) {
        if (!taken(pod)) {
          admit(pod);
        }
      } else if (!ending(kept.get())) {
        follow(kept.get(), pod);
      }
    }
  }

  private void follow(Pod kept, Pod declared) throws IOException {
    if (rejected(kept)) {
      again(kept, declared);
    } else {
      update(kept, declared);
    }
  }

  private boolean taken(Pod pod) {
    return store.all().stream()
        .anyMatch(p ->
            p.metadata().name().equals(pod.metadata().name())
                && p.metadata().namespace().equals(pod.metadata().namespace()));
  }

  private static boolean ending(Pod pod) {
    return pod.metadata().deletionTimestamp() != null;
  }

  private void end(Pod pod) throws IOException {
    ObjectMeta meta = pod.metadata();
    Long agreed = meta.deletionGracePeriodSeconds();
    Duration grace =
        graces.getOrDefault(
            meta.uid(),
            Duration.ofSeconds(
                agreed != null ? agreed : pod.spec().terminationGracePeriodSeconds()));
    Long seconds = grace.toSeconds();
    if (meta.deletionTimestamp() == null || !seconds.equals(meta.deletionGracePeriodSeconds())) {
      Instant at = clock.instant().plus(grace).truncatedTo(ChronoUnit.SECONDS);
      store.put(
          pod.withMetadata(meta.withDeletionTimestamp(at).withDeletionGracePeriodSeconds(seconds)));
    }
    workers.wish(Wish.end(store.get(meta.uid()).orElse(pod), grace));
  }

  /** A pod that never ran, because it was not admitted. */
  private static boolean rejected(Pod pod) {
    PodStatus status = pod.status();
    return status.phase() == PodPhase.Failed
        && status.containerStatuses().isEmpty()
        && status.initContainerStatuses().isEmpty();
  }

  /** In a cluster, a controller would go on making pods until one is admitted. */
  private void again(Pod kept, Pod pod) throws IOException {
    if (!kept.metadata().ownerReferences().isEmpty() && decide(pod) instanceof Decision.Admitted) {
      admit(pod);
    }
  }

  private void update(Pod kept, Pod declared) throws IOException {
    Pod now = Declarations.withImages(kept, declared);
    if (!now.spec().equals(kept.spec())) {
      store.put(now);
    }
    workers.wish(Wish.run(now));
  }

  private Decision decide(Pod pod) {
    Decision decision = RuntimeClassAdmission.admit(pod, objects::runtimeClass);
    if (decision instanceof Decision.Admitted(Pod changed)) {
      return Admission.admit(changed, active(pod), node);
    }
    return decision;
  }

  private List<Pod> active(Pod pod) {
    return store.all().stream()
        .filter(p -> !p.metadata().uid().equals(pod.metadata().uid()))
        .filter(p -> p.status().phase() != PodPhase.Failed)
        .filter(p -> p.status().phase() != PodPhase.Succeeded)
        .toList();
  }

  private void admit(Pod pod) throws IOException {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    ObjectMeta meta = pod.metadata();
    Instant created = Objects.requireNonNullElse(meta.creationTimestamp(), now);
    Pod fresh = pod.withMetadata(meta.withCreationTimestamp(created));
    switch (decide(fresh)) {
      case Decision.Admitted(Pod admitted) -> {
        Pod placed = admitted.withSpec(admitted.spec().withNodeName(node.name()));
        Pod pending =
            placed.withStatus(PodStatus.none().withPhase(PodPhase.Pending).withStartTime(now));
        store.put(pending);
        events.normal(
            pending,
            "Scheduled",
            "Successfully assigned %s/%s to %s"
                .formatted(meta.namespace(), meta.name(), node.name()));
        workers.wish(Wish.run(pending));
      }
      case Decision.Rejected(String reason, String message) -> {
        Pod failed =
            fresh.withStatus(
                PodStatus.none()
                    .withPhase(PodPhase.Failed)
                    .withReason(reason)
                    .withMessage("Pod was rejected: " + message)
                    .withQosClass(Qos.of(fresh.spec()))
                    .withStartTime(now));
        store.put(failed);
        events.warning(failed, reason, message);
        LOG.log(Level.INFO, () -> "pod " + meta.name() + " is not admitted: " + message);
      }
    }
  }
}
