package dev.gantry.agent.sync;

import dev.gantry.agent.admission.Node;
import dev.gantry.agent.cgroup.PodCgroups;
import dev.gantry.agent.http.Api;
import dev.gantry.agent.http.ApiServer;
import dev.gantry.agent.image.ImageManager;
import dev.gantry.agent.pleg.BoundedChannel;
import dev.gantry.agent.pleg.Pleg;
import dev.gantry.agent.pleg.PlegThreads;
import dev.gantry.agent.pleg.PodCache;
import dev.gantry.agent.pleg.PodEvent;
import dev.gantry.agent.podspec.NodeFacts;
import dev.gantry.agent.podspec.UserNamespaces;
import dev.gantry.agent.probe.ProbeManager;
import dev.gantry.agent.probe.ProbeResults;
import dev.gantry.agent.runtime.CriRuntime;
import dev.gantry.agent.runtime.RuntimeCallException;
import dev.gantry.agent.runtime.RuntimeFacts;
import dev.gantry.agent.source.EventLog;
import dev.gantry.agent.source.ManifestDirectory;
import dev.gantry.agent.source.ObjectStore;
import dev.gantry.agent.source.PodStore;
import dev.gantry.agent.status.EventRecorder;
import dev.gantry.agent.volume.Volumes;
import dev.gantry.agent.worker.PodWorkers;
import dev.gantry.agent.worker.WorkerParts;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.file.FileLock;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A running node agent: everything that lives is made here, in the order in which it depends on
 * each other, and closed in reverse. Closing it leaves pods as they are; the next agent on the same
 * root goes on with them.
 */
public final class Agent implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Agent.class.getName());
  private static final int CHANNEL = 1000;
  private static final Duration RELIST = Duration.ofSeconds(1);
  private static final Duration RELIST_EVENTED = Duration.ofSeconds(60);
  private static final Duration UNHEALTHY = Duration.ofMinutes(3);
  private static final Duration RUNTIME_PATIENCE = Duration.ofSeconds(60);

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private @Nullable SyncLoop loop;

  private Agent() {}

  /**
   * Starts an agent; returns when its API answers. It waits a while for the runtime.
   *
   * @throws IOException that says what is missing; nothing is left open then
   */
  public static Agent start(AgentConfig config) throws IOException {
    Agent agent = new Agent();
    boolean started = false;
    try {
      agent.assemble(config);
      started = true;
      return agent;
    } finally {
      if (!started) {
        agent.close();
      }
    }
  }

  private void assemble(AgentConfig config) throws IOException {
    InstantSource clock = InstantSource.system();
    Path directory = config.directory();
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    opened(lock(directory));
    String id = id(directory);
    CriRuntime runtime =
        opened(new CriRuntime(config.runtimeEndpoint(), config.imageEndpoint(), id));
    RuntimeFacts facts = await(runtime, config);
    CgroupHost cgroupHost = CgroupHost.detect();
    Node node = NodeReader.node(config);
    NodeFacts nodeFacts = NodeReader.facts(config, node, cgroupHost, facts);

    var objectStore = new ObjectStore(directory.resolve("objects"));
    var podStore = new PodStore(directory.resolve("pods"));
    ManifestDirectory manifests =
        config.manifests().isEmpty()
            ? null
            : opened(new ManifestDirectory(config.manifests().get(), this::changed));
    var objects = new DeclaredObjects(objectStore, manifests);
    var events =
        new EventRecorder(clock, node.name(), opened(new EventLog(directory.resolve("events"))));
    var channel = new BoundedChannel<PodEvent>(CHANNEL);
    var cache = new PodCache(runtime);
    var results = new ProbeResults();
    var images = new ImageManager(runtime, events, new SecretKeyring(objects), clock);
    var cgroups = new PodCgroups(cgroupHost, nodeFacts);
    cgroups.setUp();
    Path podDirectories = directory.resolve("volumes");
    var volumes = new Volumes(podDirectories, objects, nodeFacts);
    var parts =
        new NodePodParts(
            nodeFacts,
            objects,
            cgroups,
            volumes,
            new UserNamespaces(podDirectories),
            images,
            () -> runtime.facts().userNamespaceHandlers());

    PodWorkers[] holder = new PodWorkers[1];
    ProbeManager probes =
        opened(
            new ProbeManager(
                runtime,
                cache,
                results,
                events,
                uid -> holder[0].wake(uid),
                nodeFacts.ips(),
                clock));
    var reports =
        new Reports(
            podStore, probes, results, images, nodeFacts, facts.name(), clock, this::changed);
    PodWorkers workers =
        opened(
            new PodWorkers(
                new WorkerParts(
                    runtime,
                    cache,
                    parts,
                    images,
                    results,
                    events,
                    reports,
                    nodeFacts.ips(),
                    clock)));
    holder[0] = workers;
    var reconciler = new Reconciler(objects, podStore, workers, events, node, clock);
    var housekeeping = new Housekeeping(runtime, podStore, workers, cache, cgroups, volumes, parts);
    SyncLoop sync =
        opened(new SyncLoop(channel, manifests, reconciler, workers, housekeeping, clock));
    loop = sync;
    var pleg = new Pleg(runtime, cache, channel, clock, UNHEALTHY);
    PlegThreads threads = opened(new PlegThreads(pleg, runtime, RELIST, RELIST_EVENTED));
    sync.start();
    var declarations = new Declarations(objectStore, objects, clock, this::changed);
    var api =
        new NodeService(
            config,
            node,
            facts,
            runtime,
            podStore,
            objects,
            manifests,
            declarations,
            reconciler,
            events,
            sync,
            new NodeService.Health(pleg, threads, channel, reports));
    Files.createDirectories(config.socket().toAbsolutePath().getParent());
    opened(ApiServer.start(new Api(api), config.socket(), config.listen()));
    LOG.log(
        Level.INFO,
        () ->
            "node agent ready: "
                + config.socket()
                + ", runtime "
                + facts.name()
                + " "
                + facts.version());
  }

  private void changed() {
    SyncLoop to = loop;
    if (to != null) {
      to.changed();
    }
  }

  private static FileLock lock(Path directory) throws IOException {
    Path file = directory.resolve("lock");
    FileLock lock =
        FileLock.tryLock(file)
            .orElseThrow(
                () -> new IOException(directory + " is in use by another node agent; stop that"));
    lock.describe("pid " + ProcessHandle.current().pid());
    return lock;
  }

  /** By which the runtime's pods of this agent are known from those of others. */
  private static String id(Path directory) throws IOException {
    Path file = directory.resolve("id");
    if (!Files.exists(file)) {
      Path next = directory.resolve(".id");
      Files.writeString(next, UUID.randomUUID().toString());
      Files.move(next, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    }
    return Files.readString(file).strip();
  }

  private static RuntimeFacts await(CriRuntime runtime, AgentConfig config) throws IOException {
    long deadline = System.nanoTime() + RUNTIME_PATIENCE.toNanos();
    while (true) {
      try {
        return runtime.facts();
      } catch (RuntimeCallException e) {
        if (!e.unreachable() || System.nanoTime() > deadline) {
          throw new IOException(
              "runtime at " + config.runtimeEndpoint() + ": " + e.getMessage(), e);
        }
      }
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }

  private <T extends AutoCloseable> T opened(T resource) {
    open.push(resource);
    return resource;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      AutoCloseable resource = open.pop();
      try {
        resource.close();
      } catch (Exception e) {
        LOG.log(Level.WARNING, "not closed cleanly: " + resource.getClass().getName(), e);
      }
    }
  }
}
