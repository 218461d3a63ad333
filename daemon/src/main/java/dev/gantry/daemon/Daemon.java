package dev.gantry.daemon;

import dev.gantry.container.ExitWatcher;
import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.store.PodState;
import dev.gantry.daemon.config.DaemonConfig;
import dev.gantry.daemon.config.DaemonConfig.CgroupDriver;
import dev.gantry.daemon.container.ContainerFactory;
import dev.gantry.daemon.container.ContainerOptions;
import dev.gantry.daemon.container.ContainerRoots;
import dev.gantry.daemon.container.Containers;
import dev.gantry.daemon.container.Handlers;
import dev.gantry.daemon.container.IdMappedImages;
import dev.gantry.daemon.container.ImageLeases;
import dev.gantry.daemon.container.LogRoom;
import dev.gantry.daemon.event.EventHub;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.metrics.Metrics;
import dev.gantry.daemon.metrics.MetricsServer;
import dev.gantry.daemon.pod.SandboxCgroup;
import dev.gantry.daemon.pod.SandboxFiles;
import dev.gantry.daemon.pod.SandboxGuest;
import dev.gantry.daemon.pod.SandboxInit;
import dev.gantry.daemon.pod.SandboxNamespaces;
import dev.gantry.daemon.pod.SandboxNetwork;
import dev.gantry.daemon.pod.SandboxOptions;
import dev.gantry.daemon.pod.Sandboxes;
import dev.gantry.daemon.pod.StandingCgroups;
import dev.gantry.daemon.recovery.Recovery;
import dev.gantry.daemon.rpc.CallObserver;
import dev.gantry.daemon.rpc.CriServer;
import dev.gantry.daemon.runtime.StatusSnapshot;
import dev.gantry.daemon.spec.HostFacts;
import dev.gantry.daemon.stats.ContainerStatsReader;
import dev.gantry.daemon.stats.MetricsReader;
import dev.gantry.daemon.stats.PodLinks;
import dev.gantry.daemon.stats.PodStatsReader;
import dev.gantry.daemon.stats.UsageReader;
import dev.gantry.daemon.stats.WritableLayers;
import dev.gantry.daemon.store.RecordStore;
import dev.gantry.daemon.stream.PodStreams;
import dev.gantry.daemon.work.Operations;
import dev.gantry.daemon.work.Retries;
import dev.gantry.image.ImageChecker;
import dev.gantry.image.ImagePuller;
import dev.gantry.image.ImageStore;
import dev.gantry.image.NodePlatform;
import dev.gantry.image.PullObserver;
import dev.gantry.image.PullSettings;
import dev.gantry.image.StoreSettings;
import dev.gantry.image.layer.UnpackLimits;
import dev.gantry.image.policy.TrustPolicy;
import dev.gantry.image.registry.RegistryClient;
import dev.gantry.image.registry.RegistrySettings;
import dev.gantry.image.registry.RetryPolicy;
import dev.gantry.image.transfer.TransferSettings;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupMode;
import dev.gantry.linux.process.OrphanReaper;
import dev.gantry.linux.systemd.SdNotify;
import dev.gantry.network.BuiltinBridge;
import dev.gantry.network.NetworkSettings;
import dev.gantry.network.PodNetworks;
import dev.gantry.streaming.StreamingServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A running daemon: everything that lives is made here, in the order in which it depends on each
 * other, and closed in reverse. Closing it leaves containers as they are.
 */
public final class Daemon implements AutoCloseable {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  private Daemon() {}

  /**
   * Starts a daemon and serves; returns when the first call can be answered.
   *
   * @throws IOException that says what is missing; nothing is left open then
   */
  public static Daemon start(DaemonConfig config) throws IOException {
    var daemon = new Daemon();
    boolean started = false;
    try {
      daemon.assemble(config);
      started = true;
      return daemon;
    } finally {
      if (!started) {
        daemon.close();
      }
    }
  }

  private void assemble(DaemonConfig configured) throws IOException {
    long start = System.nanoTime();
    makeDirectories(configured);
    // As the kernel's table of mounts has them: /var/run/gantry is /run/gantry there.
    DaemonConfig config =
        configured.in(configured.root().toRealPath(), configured.state().toRealPath());
    opened(DaemonLock.take("root", config.root(), config.socket()));
    opened(DaemonLock.take("state", config.state(), config.socket()));
    OrphanReaper.start();

    CgroupHost cgroups = CgroupHost.detect();
    boolean systemd = systemdCgroups(config, cgroups);
    HostFacts host = HostFactsReader.read(cgroups, systemd);
    var operations = new Operations();
    Retries retries = opened(new Retries());
    var pods =
        new RecordStore<>(
            "pod sandbox",
            config.root().resolve("pods"),
            PodRecord.parser(),
            pod -> SandboxOptions.nameOf(pod.getConfig()));
    var containerRecords =
        new RecordStore<>(
            "container",
            config.root().resolve("containers"),
            ContainerRecord.parser(),
            container -> ContainerOptions.nameOf(container.getPodId(), container.getConfig()));
    opened(new StandingCgroups(cgroups, config.cgroupParent(), config.monitorsCgroup()));
    ImageStore images = opened(images(config));
    Handlers handlers =
        opened(
            HandlerSetup.find(
                config,
                cgroups,
                systemd,
                IdMappedImages.possible(images.temporary(), config.state()),
                retries));
    TrustPolicy policy =
        TrustPolicy.of(config.image().policyFile(), config.image().policyRequired());
    RegistryClient registries = registries(config);
    Metrics metrics = config.metrics().isPresent() ? new Metrics() : null;
    ImagePuller puller = opened(puller(config, images, registries, policy, metrics));
    PodNetworks networks = opened(networks(config));

    var roots = new ContainerRoots(config.state(), containerRecords);
    var containers =
        new Containers(
            containerRecords, roots, handlers, new ImageLeases(images), operations, retries);
    var sandboxes =
        new Sandboxes(
            config.state(),
            pods,
            new SandboxCgroup(cgroups, config.cgroupParent(), systemd, pods),
            new SandboxNamespaces(),
            new SandboxFiles(config),
            new SandboxNetwork(networks),
            new SandboxInit(config.catatonit(), config.state().resolve("init")),
            new SandboxGuest(handlers, config, config.root().resolve("guest-init"), host),
            operations,
            retries);
    ExitWatcher exits = opened(new ExitWatcher(roots.exits(), cgroups, containers));
    new Recovery(pods, containerRecords, sandboxes, containers, exits, retries).run();
    networks.retryPending(ready(pods));
    networks.checkAll(ready(pods));
    images.sweep();

    LogRoom logRoom =
        opened(new LogRoom(containerRecords, roots, handlers, config.container().fullLogDisk()));
    WritableLayers layers = opened(new WritableLayers(containerRecords, roots));
    var usage =
        new UsageReader(
            cgroups,
            id -> pods.exactly(id).isPresent() || containerRecords.exactly(id).isPresent());
    var stats = new ContainerStatsReader(usage, layers, roots, handlers);
    var links = new PodLinks(sandboxes);
    var podStats = new PodStatsReader(usage, links, containerRecords, stats);
    var events = new EventHub(pods, containerRecords, new StatusSnapshot(pods, containerRecords));
    var factory =
        new ContainerFactory(config, host, handlers, containers, sandboxes, exits, images);
    var streaming =
        opened(
            new StreamingServer(
                config.streaming(), new PodStreams(handlers, containers, sandboxes)));
    var services =
        new Services(
            config,
            host,
            pods,
            containers,
            sandboxes,
            factory,
            handlers,
            images,
            registries,
            puller,
            policy,
            opened(new ImageChecker(images, registries)),
            networks,
            operations,
            stats,
            podStats,
            new MetricsReader(cgroups, links, containerRecords, layers, handlers, stats),
            events,
            layers,
            logRoom,
            streaming);
    if (metrics != null && config.metrics().isPresent()) {
      opened(MetricsServer.start(config.metrics().get(), metrics, images, puller));
    }
    CallObserver observer = metrics == null ? CallObserver.NONE : metrics;
    opened(CriServer.start(config.socket(), services.tables(systemd), observer));
    SdNotify.ready();
    Event.info("daemon ready")
        .with("version", GantryVersion.STRING)
        .with("socket", config.socket())
        .with("handler", handlers.defaultName())
        .with("network_ready", networks.status().ready())
        .with("ms", (System.nanoTime() - start) / 1_000_000)
        .log();
  }

  /** Directories on the way to what containers see are passable, everything else is ours alone. */
  private static void makeDirectories(DaemonConfig config) throws IOException {
    for (Path dir :
        new Path[] {
          config.root(),
          config.state(),
          config.root().resolve("containers"),
          config.state().resolve("containers"),
          config.state().resolve("pods")
        }) {
      makeDirectory(dir, "rwx--x--x");
    }
    for (Path dir :
        new Path[] {
          config.root().resolve("pods"),
          config.root().resolve("networks"),
          config.state().resolve("exits"),
          config.state().resolve("runtimes"),
          config.state().resolve("consoles")
        }) {
      makeDirectory(dir, "rwx------");
    }
  }

  private static void makeDirectory(Path dir, String mode) throws IOException {
    Files.createDirectories(dir);
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString(mode));
  }

  private static boolean systemdCgroups(DaemonConfig config, CgroupHost cgroups) {
    return config.cgroupDriver() == CgroupDriver.SYSTEMD
        || (config.cgroupDriver() == CgroupDriver.AUTO
            && cgroups.mode() == CgroupMode.V2
            && Files.isDirectory(Path.of("/run/systemd/system")));
  }

  private static PodNetworks networks(DaemonConfig config) throws IOException {
    var settings = config.network();
    return new PodNetworks(
        new NetworkSettings(
            settings.configDirs(),
            settings.pluginDirs(),
            settings.pluginTimeout(),
            settings.defaultNetwork() ? BuiltinBridge.in(config.state()) : null,
            settings.template()),
        config.root().resolve("networks"));
  }

  private ImageStore images(DaemonConfig config) throws IOException {
    Path directory = config.image().directory();
    makeDirectory(directory, "rwx--x--x");
    opened(DaemonLock.take("image", directory, config.socket()));
    return ImageStore.open(directory, storeSettings(config));
  }

  private static StoreSettings storeSettings(DaemonConfig config) {
    return new StoreSettings(
        config.image().parallelLayers(),
        UnpackLimits.DEFAULT,
        config.image().pinned(),
        TransferSettings.DEFAULT.withConnections(config.image().connections()),
        config.image().mountArchives());
  }

  private static RegistryClient registries(DaemonConfig config) {
    return new RegistryClient(
        new RegistrySettings(
            config.image().certsDirs(),
            config.image().registriesConf(),
            RegistrySettings.SYSTEM_ALIASES,
            authFiles(config),
            System.getenv(),
            config.image().stallTimeout(),
            RetryPolicy.DEFAULT));
  }

  private static ImagePuller puller(
      DaemonConfig config,
      ImageStore images,
      RegistryClient registries,
      TrustPolicy policy,
      @Nullable PullObserver observer) {
    return new ImagePuller(
        images,
        registries,
        NodePlatform.detect(),
        policy,
        PullSettings.DEFAULT.withAbandoned(config.image().abandonedPull()),
        observer == null ? PullObserver.NONE : observer);
  }

  /** The variable is what the containers tools know. */
  private static List<Path> authFiles(DaemonConfig config) {
    var files = new ArrayList<Path>();
    String named = System.getenv().getOrDefault("REGISTRY_AUTH_FILE", "");
    if (!named.isEmpty()) {
      files.add(Path.of(named));
    }
    files.addAll(config.image().authFiles());
    return files;
  }

  /** Every other pod has no network, or one that is to be given back. */
  private static Set<String> ready(RecordStore<PodRecord> pods) {
    return pods.all().stream()
        .filter(pod -> pod.record().getState() == PodState.POD_STATE_READY)
        .map(pod -> pod.id())
        .collect(Collectors.toSet());
  }

  private <T extends AutoCloseable> T opened(T resource) {
    open.push(resource);
    return resource;
  }

  @Override
  public void close() {
    SdNotify.stopping();
    while (!open.isEmpty()) {
      AutoCloseable resource = open.pop();
      try {
        resource.close();
      } catch (Exception e) {
        Event.warn("not closed cleanly")
            .with("part", resource.getClass().getName())
            .because(e)
            .log();
      }
    }
    Event.info("daemon stopped; containers go on").log();
  }
}
