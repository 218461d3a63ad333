package dev.gantry.agent.sync;

import dev.gantry.agent.admission.Node;
import dev.gantry.agent.api.EphemeralContainer;
import dev.gantry.agent.api.Event;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodPhase;
import dev.gantry.agent.http.Applied;
import dev.gantry.agent.http.NodeApi;
import dev.gantry.agent.pleg.BoundedChannel;
import dev.gantry.agent.pleg.Pleg;
import dev.gantry.agent.pleg.PlegThreads;
import dev.gantry.agent.runtime.CriRuntime;
import dev.gantry.agent.runtime.RuntimeFacts;
import dev.gantry.agent.source.ManifestDirectory;
import dev.gantry.agent.source.ObjectKey;
import dev.gantry.agent.source.PodStore;
import dev.gantry.agent.status.EventRecorder;
import dev.gantry.agent.worker.ContainerPaths;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Answers the API out of the agent's parts. */
final class NodeService implements NodeApi {
  private static final Duration LOOP_LIMIT = Duration.ofMinutes(3);

  private final AgentConfig config;
  private final Node node;
  private final RuntimeFacts facts;
  private final CriRuntime runtime;
  private final PodStore store;
  private final DeclaredObjects objects;
  private final @Nullable ManifestDirectory manifests;
  private final Declarations declarations;
  private final Reconciler reconciler;
  private final EventRecorder events;
  private final SyncLoop loop;
  private final Health health;

  /** What tells whether pods are looked at. */
  record Health(Pleg pleg, PlegThreads threads, BoundedChannel<?> channel, Reports reports) {}

  NodeService(
      AgentConfig config,
      Node node,
      RuntimeFacts facts,
      CriRuntime runtime,
      PodStore store,
      DeclaredObjects objects,
      @Nullable ManifestDirectory manifests,
      Declarations declarations,
      Reconciler reconciler,
      EventRecorder events,
      SyncLoop loop,
      Health health) {
    this.config = config;
    this.node = node;
    this.facts = facts;
    this.runtime = runtime;
    this.store = store;
    this.objects = objects;
    this.manifests = manifests;
    this.declarations = declarations;
    this.reconciler = reconciler;
    this.events = events;
    this.loop = loop;
    this.health = health;
  }

  @Override
  public List<Pod> pods() {
    return store.all();
  }

  @Override
  public List<KubeObject> objects() {
    List<KubeObject> all = new ArrayList<>();
    for (KubeObject object : objects.all()) {
      if (!(object instanceof Pod)) {
        all.add(object);
      }
    }
    all.addAll(store.all());
    return all;
  }

  @Override
  public List<Event> events() {
    return events.all();
  }

  @Override
  public List<Applied> apply(List<KubeObject> all) throws IOException {
    return declarations.apply(all);
  }

  @Override
  public boolean delete(ObjectKey key, Optional<Duration> grace) throws IOException {
    if (key.kind().equals("Pod") && grace.isPresent()) {
      reconciler.grace(key.namespace(), key.name(), grace.get());
    }
    return declarations.delete(key);
  }

  @Override
  public void debug(String namespace, String name, EphemeralContainer container) {
    Pod pod =
        store.all().stream()
            .filter(p -> p.metadata().namespace().equals(namespace))
            .filter(p -> p.metadata().name().equals(name))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("pod " + name + " not found"));
    String own = container.container().name();
    store.update(
        pod.metadata().uid(),
        kept -> {
          if (ContainerPaths.find(kept, own).isPresent()) {
            throw new IllegalArgumentException("pod " + name + " has a container " + own);
          }
          List<EphemeralContainer> all = new ArrayList<>(kept.spec().ephemeralContainers());
          all.add(container);
          return kept.withSpec(kept.spec().withEphemeralContainers(all));
        });
    loop.changed();
  }

  @Override
  public Map<String, Object> node() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("name", node.name());
    all.put("runtimeEndpoint", config.runtimeEndpoint());
    all.put("imageEndpoint", config.imageEndpoint());
    all.put("runtime", facts.name() + " " + facts.version());
    all.put("labels", node.labels());
    all.put("capacity", node.capacity());
    all.put("allocatable", node.allocatable());
    all.put("problems", manifests == null ? List.of() : manifests.problems());
    all.put("unreported", unreported());
    return all;
  }

  /** The pods whose status is what an earlier agent wrote: nobody has looked at them since. */
  private List<String> unreported() {
    return store.all().stream()
        .filter(p -> p.status().phase() != PodPhase.Failed)
        .filter(p -> p.status().phase() != PodPhase.Succeeded)
        .map(p -> p.metadata().uid())
        .filter(uid -> !health.reports().isReported(uid))
        .toList();
  }

  @Override
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    health.pleg().unhealthy().ifPresent(problems::add);
    Duration since = Duration.between(loop.lastTurn(), Instant.now());
    if (since.compareTo(LOOP_LIMIT) > 0) {
      problems.add("the sync loop has not gone round for " + since.toSeconds() + " s");
    }
    return problems;
  }

  @Override
  public String metrics() {
    return AgentMetrics.of(store.all(), health.pleg(), health.threads(), health.channel());
  }

  @Override
  public Map<String, Object> summary() {
    return StatsSummary.of(node.name(), runtime.stats());
  }
}
