package dev.gantry.agent.sync;

import dev.gantry.agent.admission.Decision;
import dev.gantry.agent.admission.RuntimeClassAdmission;
import dev.gantry.agent.api.ConfigMap;
import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Deployment;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.ObjectMeta;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodSpec;
import dev.gantry.agent.api.PodStatus;
import dev.gantry.agent.api.RuntimeClass;
import dev.gantry.agent.api.Secret;
import dev.gantry.agent.http.Applied;
import dev.gantry.agent.source.ObjectKey;
import dev.gantry.agent.source.ObjectStore;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Takes objects as {@code kubectl apply} gives them to a cluster. Of a pod that is there only the
 * images may change; one that says anything else is another pod, and replaces it.
 */
final class Declarations {
  private final ObjectStore store;
  private final DeclaredObjects objects;
  private final InstantSource clock;
  private final Runnable changed;
  private final ReentrantLock lock = new ReentrantLock();

  Declarations(ObjectStore store, DeclaredObjects objects, InstantSource clock, Runnable changed) {
    this.store = store;
    this.objects = objects;
    this.clock = clock;
    this.changed = changed;
  }

  /** Applies objects in their order, classes first; each is taken or refused by itself. */
  List<Applied> apply(List<KubeObject> all) throws IOException {
    lock.lock();
    try {
      List<KubeObject> ordered = new ArrayList<>(all);
      ordered.sort((a, b) -> Boolean.compare(b instanceof RuntimeClass, a instanceof RuntimeClass));
      List<Applied> results = new ArrayList<>();
      for (KubeObject object : ordered) {
        results.add(one(object));
      }
      return results;
    } finally {
      lock.unlock();
      changed.run();
    }
  }

  private Applied one(KubeObject object) throws IOException {
    ObjectKey key = ObjectKey.of(object);
    if (objects.fromFiles().stream().anyMatch(o -> ObjectKey.of(o).equals(key))) {
      return Applied.refused(
          object, "refused", "it comes from the manifest directory; change it there");
    }
    Optional<String> forbidden = forbidden(object);
    if (forbidden.isPresent()) {
      return Applied.refused(object, "refused", forbidden.get());
    }
    Optional<KubeObject> old = store.get(key);
    KubeObject made = named(object, old.map(KubeObject::metadata));
    if (old.isEmpty()) {
      store.put(made);
      return Applied.of(made, "created");
    }
    if (made.equals(old.get())) {
      return Applied.of(made, "unchanged");
    }
    if (made instanceof Pod now && old.get() instanceof Pod before && !sameButImages(now, before)) {
      Pod other = fresh(now);
      store.put(other);
      return Applied.of(other, "replaced");
    }
    store.put(made);
    return Applied.of(made, "configured");
  }

  /** What an API server's admission would refuse at once. */
  private Optional<String> forbidden(KubeObject object) {
    if (object instanceof Pod pod
        && RuntimeClassAdmission.admit(pod, objects::runtimeClass)
            instanceof Decision.Rejected rejected) {
      return Optional.of(rejected.message());
    }
    return Optional.empty();
  }

  private KubeObject named(KubeObject object, Optional<ObjectMeta> old) {
    String uid = old.map(ObjectMeta::uid).filter(u -> !u.isEmpty()).orElseGet(Declarations::newUid);
    Instant created =
        old.flatMap(o -> Optional.ofNullable(o.creationTimestamp())).orElseGet(clock::instant);
    return with(object, object.metadata().withUid(uid).withCreationTimestamp(seconds(created)));
  }

  private static Instant seconds(Instant moment) {
    return moment.truncatedTo(java.time.temporal.ChronoUnit.SECONDS);
  }

  private Pod fresh(Pod pod) {
    return pod.withMetadata(
        pod.metadata().withUid(newUid()).withCreationTimestamp(seconds(clock.instant())));
  }

  private static String newUid() {
    return UUID.randomUUID().toString();
  }

  private static KubeObject with(KubeObject object, ObjectMeta meta) {
    return switch (object) {
      case Pod pod -> pod.withMetadata(meta).withStatus(PodStatus.none());
      case ConfigMap map -> map.withMetadata(meta);
      case Secret secret -> secret.withMetadata(meta);
      case RuntimeClass type -> type.withMetadata(meta);
      case Deployment deployment -> deployment.withMetadata(meta);
      case dev.gantry.agent.api.Event event ->
          throw new IllegalArgumentException("events are not applied: " + event.reference());
    };
  }

  private static boolean sameButImages(Pod one, Pod other) {
    return withoutImages(one.spec()).equals(withoutImages(other.spec()))
        && one.metadata().equals(other.metadata());
  }

  private static PodSpec withoutImages(PodSpec spec) {
    return spec.withContainers(spec.containers().stream().map(Declarations::bare).toList())
        .withInitContainers(spec.initContainers().stream().map(Declarations::bare).toList());
  }

  private static Container bare(Container container) {
    return container.withImage("").withImagePullPolicy(null);
  }

  /** A pod that was admitted, with the images that are declared now. */
  static Pod withImages(Pod admitted, Pod declared) {
    Map<String, Container> now = new HashMap<>();
    declared.spec().containers().forEach(c -> now.put(c.name(), c));
    declared.spec().initContainers().forEach(c -> now.put(c.name(), c));
    PodSpec spec = admitted.spec();
    return admitted.withSpec(
        spec.withContainers(spec.containers().stream().map(c -> imaged(c, now)).toList())
            .withInitContainers(spec.initContainers().stream().map(c -> imaged(c, now)).toList()));
  }

  private static Container imaged(Container container, Map<String, Container> now) {
    Container other = now.getOrDefault(container.name(), container);
    return other.image().equals(container.image())
        ? container
        : container.withImage(other.image()).withImagePullPolicy(other.imagePullPolicy());
  }

  /** Forgets an object; false when there is none of that key. */
  boolean delete(ObjectKey key) throws IOException {
    lock.lock();
    try {
      return store.delete(key);
    } finally {
      lock.unlock();
      changed.run();
    }
  }
}
