package dev.gantry.daemon.container;

import dev.gantry.container.CreateRequest;
import dev.gantry.container.Created;
import dev.gantry.container.ExitWatcher;
import dev.gantry.container.LogTarget;
import dev.gantry.cri.store.ContainerRecord;
import dev.gantry.cri.store.ContainerStage;
import dev.gantry.cri.store.PodRecord;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.Signal;
import dev.gantry.daemon.blockio.BlockIoClasses;
import dev.gantry.daemon.cdi.CdiDevices;
import dev.gantry.daemon.config.DaemonConfig;
import dev.gantry.daemon.pod.Sandboxes;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.spec.BindMount;
import dev.gantry.daemon.spec.CapabilitySets;
import dev.gantry.daemon.spec.GuestSpec;
import dev.gantry.daemon.spec.HostFacts;
import dev.gantry.daemon.spec.NodeLimits;
import dev.gantry.daemon.spec.ResolvedUser;
import dev.gantry.daemon.spec.SpecGenerator;
import dev.gantry.daemon.spec.SpecInput;
import dev.gantry.daemon.work.KernelStep;
import dev.gantry.image.ImageStore;
import dev.gantry.image.StoredImage;
import dev.gantry.linux.process.Signals;
import dev.gantry.oci.runtime.Capabilities;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The steps of CreateContainer that need facts of the host: intent, user, specification, create.
 */
public final class ContainerFactory {
  private static final String DEFAULT_STOP_SIGNAL = "SIGTERM";

  private static final Path NODE_NAME = Path.of("/proc/sys/kernel/hostname");

  private final DaemonConfig config;
  private final HostFacts host;
  private final Handlers handlers;
  private final Containers containers;
  private final Sandboxes sandboxes;
  private final ExitWatcher exits;
  private final AppArmor appArmor = AppArmor.ofHost();
  private final Selinux selinux = Selinux.ofHost();
  private final ContainerMounts mounts;

  public ContainerFactory(
      DaemonConfig config,
      HostFacts host,
      Handlers handlers,
      Containers containers,
      Sandboxes sandboxes,
      ExitWatcher exits,
      ImageStore images) {
    this.config = config;
    this.host = host;
    this.handlers = handlers;
    this.containers = containers;
    this.sandboxes = sandboxes;
    this.exits = exits;
    this.mounts = new ContainerMounts(containers.roots(), images);
  }

  /** The record of a container that is about to be made: it names all that will be. */
  public ContainerRecord intent(
      String id, PodRecord pod, ContainerOptions options, ContainerImages images, long now)
      throws CallFailure {
    ContainerConfig container = options.config();
    StoredImage image = images.root();
    var record =
        ContainerRecord.newBuilder()
            .setId(id)
            .setPodId(pod.getId())
            .setConfig(container)
            .setImageId(image.id().toString())
            .addAllVolumeImageIds(images.ids().subList(1, images.ids().size()))
            .addAllVolumeImageRefs(
                images.volumes().stream().map(volume -> ref(volume.image())).toList())
            .setImageRef(ref(image))
            .setImageName(imageName(container, image))
            .setCreatedAt(now)
            .setStage(ContainerStage.CONTAINER_STAGE_CREATING)
            .setCgroupPath(pod.getCgroupParent() + "/" + cgroupName(id))
            .setHandler(pod.getRuntimeHandler())
            .setStopSignal(stopSignal(container, image));
    if (!container.getLogPath().isEmpty()) {
      record.setLogPath(
          Path.of(pod.getConfig().getLogDirectory(), container.getLogPath()).toString());
    }
    if (container.getLinux().hasResources()) {
      record.setResources(container.getLinux().getResources());
    }
    return record.build();
  }

  private static String ref(StoredImage image) {
    return first(image.repoDigests(), image.id().toString());
  }

  private static String first(List<String> values, String otherwise) {
    return values.isEmpty() ? otherwise : values.getFirst();
  }

  /** The kubelet asks by id and wants to see a tag. */
  private static String imageName(ContainerConfig container, StoredImage image) {
    String user = container.getImage().getUserSpecifiedImage();
    if (!user.isEmpty() && !user.startsWith("sha256:")) {
      return user;
    }
    return first(image.repoTags(), first(image.repoDigests(), image.id().toString()));
  }

  private String cgroupName(String id) {
    return host.systemdCgroups() ? "gantry-" + id + ".scope" : id;
  }

  private static int stopSignal(ContainerConfig container, StoredImage image) throws CallFailure {
    if (container.getStopSignal() != Signal.SIGNAL_RUNTIME_DEFAULT) {
      return StopSignals.number(container.getStopSignal());
    }
    String name = image.config().config().stopSignal();
    try {
      return Signals.number(name == null ? DEFAULT_STOP_SIGNAL : name);
    } catch (IllegalArgumentException e) {
      throw CallFailure.invalid(
          "image " + image.id() + " names a stop signal that does not exist: " + name);
    }
  }

  /** Whom the container runs as; its root file system is mounted. */
  public ResolvedUser user(String id, ContainerOptions options, StoredImage image)
      throws IOException, CallFailure {
    return KernelStep.call(
        "read the users of container " + id,
        () -> ContainerUsers.resolve(containers.roots().rootfs(id), options, image.config()));
  }

  /** The user namespace of the container's pod; null for the node's. */
  public @Nullable UserMapping userMapping(PodRecord pod, ContainerOptions options) {
    return UserMapping.of(options.pod(), sandboxes.paths(pod.getId()));
  }

  /** Options of the overlays that are the container's root and its image volumes. */
  public Map<String, String> overlayOptions(PodRecord pod, ContainerOptions options)
      throws IOException, CallFailure {
    Selinux.Labels labels = selinux.labels(pod.getId(), options);
    return labels == null ? Map.of() : Map.of("context", labels.files());
  }

  /** Gives the pod's own files, and volumes where the request says so, their SELinux context. */
  private void label(PodRecord pod, ContainerOptions options, Selinux.Labels labels)
      throws IOException, CallFailure {
    var paths = sandboxes.paths(pod.getId());
    for (Path file : List.of(paths.resolvConf(), paths.hostname(), paths.hosts(), paths.shm())) {
      if (Files.exists(file)) {
        Selinux.label(file, labels.files());
      }
    }
    Selinux.relabel(options.config().getMountsList(), labels);
  }

  /** Makes what the container's mounts mount; its root file system is mounted. */
  public List<BindMount> mounts(
      PodRecord pod, ContainerRecord container, ContainerOptions options, ContainerImages images)
      throws IOException, CallFailure {
    GuestChecks.container(handlers.get(container.getHandler()), options);
    requireRecursiveReadOnly(container);
    List<BindMount> made =
        KernelStep.make(
            container.getId(),
            "make the mounts of container " + container.getId(),
            () ->
                mounts.make(
                    container.getId(),
                    options,
                    images,
                    userMapping(pod, options),
                    overlayOptions(pod, options)));
    Selinux.Labels labels = selinux.labels(pod.getId(), options);
    if (labels != null) {
      // Only now, as a host_path may have been missing before.
      KernelStep.walk(
          "label the files of container " + container.getId(), () -> label(pod, options, labels));
    }
    return made;
  }

  /** The container's OCI runtime specification; it depends on files and devices of the host. */
  public RuntimeSpec spec(
      PodRecord pod,
      ContainerRecord container,
      ContainerOptions options,
      StoredImage image,
      ResolvedUser user,
      List<BindMount> binds)
      throws IOException, CallFailure {
    return KernelStep.call(
        "look up what container " + container.getId() + " needs of the host",
        () -> {
          RuntimeSpec spec =
              config
                  .handler(pod.getRuntimeHandler())
                  .baseSpec()
                  .under(generate(pod, container, options, image, user, binds));
          WorkingDirs.check(
              containers.roots().rootfs(container.getId()),
              spec.mounts(),
              Objects.requireNonNull(spec.process()).cwd());
          return options.pod().ids() == null ? spec : LockedOptions.keep(spec);
        });
  }

  private RuntimeSpec generate(
      PodRecord pod,
      ContainerRecord container,
      ContainerOptions options,
      StoredImage image,
      ResolvedUser user,
      List<BindMount> binds)
      throws IOException, CallFailure {
    HostDevices devices = HostDevices.of(options);
    Capabilities capabilities = CapabilitySets.of(options, host.capabilities());
    var paths = sandboxes.paths(pod.getId());
    List<String> annotations = config.handler(pod.getRuntimeHandler()).allowedAnnotations();
    Path rootfs = containers.roots().rootfs(container.getId());
    var features = handlers.get(container.getHandler()).info().features();
    boolean guest = features.podSandbox();
    RuntimeSpec spec =
        SpecGenerator.generate(
            new SpecInput(
                container.getId(),
                options,
                image.config(),
                user,
                hostname(options),
                capabilities,
                guest
                    ? ContainerNamespaces.ofGuest(
                        pod.getId(), container.getId(), options, paths, containers.store())
                    : ContainerNamespaces.of(
                        pod.getId(), options, paths, host.cgroup2(), containers.store()),
                paths,
                cgroupsPath(pod, container),
                rootfs,
                Stream.concat(devices.binds().stream(), binds.stream()).toList(),
                features,
                devices.devices(),
                devices.permissions(),
                SeccompProfiles.of(options, capabilities),
                appArmor.profile(options),
                annotations,
                limits(pod, container),
                host));
    RuntimeSpec labelled =
        guest
            ? GuestSpec.of(spec, pod.getId(), SeccompProfiles.isNamed(options))
            : Selinux.apply(spec, selinux.labels(pod.getId(), options));
    List<String> cdi = options.cdiDevices(annotations);
    return cdi.isEmpty()
        ? labelled
        : new CdiDevices(config.container().cdiDirs())
            .inject(labelled, cdi, options.pod().ids() != null);
  }

  /** The pod's; in the node's network the one asked for, else the node's. */
  private static String hostname(ContainerOptions options) throws IOException {
    return options.pod().hostNetwork() && options.pod().config().getHostname().isEmpty()
        ? Files.readString(NODE_NAME).strip()
        : options.pod().hostname();
  }

  private NodeLimits limits(PodRecord pod, ContainerRecord container)
      throws IOException, CallFailure {
    return new NodeLimits(
        config.container().pidsLimit(),
        new BlockIoClasses(config.container().blockIoConfig())
            .of(pod.getConfig(), container.getConfig()));
  }

  private void requireRecursiveReadOnly(ContainerRecord container) throws CallFailure {
    boolean asked =
        container.getConfig().getMountsList().stream().anyMatch(m -> m.getRecursiveReadOnly());
    if (asked
        && !handlers.get(container.getHandler()).info().features().recursiveReadOnlyMounts()) {
      throw CallFailure.unimplemented(
          "mounts.recursive_read_only: runtime handler "
              + container.getHandler()
              + " does not offer it: RROUnsupported (Status says so)");
    }
  }

  /** As the runtime's cgroup driver wants it: a path, or slice, prefix and name for systemd. */
  private String cgroupsPath(PodRecord pod, ContainerRecord container) {
    return host.systemdCgroups()
        ? Path.of(pod.getCgroupParent()).getFileName() + ":gantry:" + container.getId()
        : container.getCgroupPath();
  }

  /** Has conmon and the OCI runtime make the container. */
  public Created create(
      PodRecord pod, ContainerRecord container, ContainerOptions options, RuntimeSpec spec)
      throws IOException, CallFailure {
    ContainerRoots roots = containers.roots();
    String id = container.getId();
    return handlers
        .get(container.getHandler())
        .create(
            new CreateRequest(
                id,
                options.config().getMetadata().getName(),
                roots.bundle(id),
                spec,
                containers.store().directory(id),
                roots.exits(),
                log(pod, container),
                container.getCgroupPath(),
                options.config().getStdin(),
                options.config().getStdinOnce()));
  }

  private static @Nullable LogTarget log(PodRecord pod, ContainerRecord container) {
    return container.getLogPath().isEmpty()
        ? null
        : new LogTarget(
            Path.of(pod.getConfig().getLogDirectory()),
            Path.of(container.getConfig().getLogPath()));
  }

  /** Waits for the container's end in the background. */
  public void watch(ContainerRecord container) throws IOException {
    exits.track(containers.refOf(container));
  }
}
