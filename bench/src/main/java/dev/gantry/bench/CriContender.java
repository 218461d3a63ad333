package dev.gantry.bench;

import dev.gantry.cri.channel.CriChannel;
import dev.gantry.cri.channel.ImageUpload;
import dev.gantry.cri.v1.CgroupDriver;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListImagesRequest;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.RemovePodSandboxRequest;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.RuntimeConfigRequest;
import dev.gantry.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import dev.gantry.cri.v1.StartContainerRequest;
import dev.gantry.cri.v1.StopContainerRequest;
import dev.gantry.cri.v1.StopPodSandboxRequest;
import dev.gantry.cri.v1.VersionRequest;
import dev.gantry.cri.v1.VersionResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A CRI runtime behind its socket, driven as the kubelet drives it. */
final class CriContender implements Contender {
  private static final long DEADLINE_SECONDS = 120;
  private static final long PULL_SECONDS = 900;
  private static final int WARM_UP_CALLS = 1500;

  private final CriEndpoint endpoint;
  private final Place place;
  private final CriChannel channel;
  private final boolean cgroupPaths;

  /**
   * What its pods have in common.
   *
   * @param cgroup cgroup above theirs, used where the runtime takes paths
   * @param logs directory of their logs
   * @param image the image of their containers
   */
  record Place(String cgroup, Path logs, String image) {}

  private CriContender(CriEndpoint endpoint, Place place, CriChannel channel, boolean cgroupPaths) {
    this.endpoint = endpoint;
    this.place = place;
    this.channel = channel;
    this.cgroupPaths = cgroupPaths;
  }

  /** Connects; the runtime must answer. */
  static CriContender open(CriEndpoint endpoint, Place place) throws IOException {
    CriChannel channel = CriChannel.open(endpoint.address());
    try {
      return new CriContender(endpoint, place, channel, takesCgroupPaths(channel));
    } catch (StatusRuntimeException e) {
      channel.close();
      throw failed(endpoint.name() + " at " + endpoint.address(), e);
    }
  }

  private static boolean takesCgroupPaths(CriChannel channel) {
    try {
      return timed(channel)
              .runtimeConfig(RuntimeConfigRequest.getDefaultInstance())
              .getLinux()
              .getCgroupDriver()
          == CgroupDriver.CGROUPFS;
    } catch (StatusRuntimeException e) {
      if (e.getStatus().getCode() != Status.Code.UNIMPLEMENTED) {
        throw e;
      }
      return true; // runtimes of before this call
    }
  }

  /** Calls until this client is compiled, so that it is the runtime whose time is measured. */
  static void warmUp(CriChannel channel) throws IOException {
    try {
      for (int i = 0; i < WARM_UP_CALLS; i++) {
        var _ = timed(channel).version(VersionRequest.getDefaultInstance());
        var _ = timed(channel).listContainers(ListContainersRequest.getDefaultInstance());
      }
    } catch (StatusRuntimeException e) {
      throw failed("warm up", e);
    }
  }

  void warmUp() throws IOException {
    warmUp(channel);
  }

  private static RuntimeServiceBlockingStub timed(CriChannel channel) {
    return channel.runtime().withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  private RuntimeServiceBlockingStub runtime() {
    return timed(channel);
  }

  @Override
  public String name() {
    return endpoint.name();
  }

  /** The runtime's name and version. */
  String version() {
    VersionResponse version = runtime().version(VersionRequest.getDefaultInstance());
    return version.getRuntimeName() + " " + version.getRuntimeVersion();
  }

  /** Has Gantry take an image out of an archive. */
  void importImage(Path archive) throws IOException {
    try (InputStream in = Files.newInputStream(archive)) {
      ImageUpload.send(channel.channel(), archive.toString(), in, sent -> {});
    } catch (StatusRuntimeException e) {
      throw failed("import " + archive, e);
    }
  }

  /** Pulls the image where the runtime does not have it. */
  void pullImage() throws IOException {
    ImageSpec image = ImageSpec.newBuilder().setImage(place.image()).build();
    try {
      var images = channel.images().withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
      if (!images.imageStatus(ImageStatusRequest.newBuilder().setImage(image).build()).hasImage()) {
        var _ = images.pullImage(PullImageRequest.newBuilder().setImage(image).build());
      }
    } catch (StatusRuntimeException e) {
      throw failed("pull " + place.image(), e);
    }
  }

  /** Pulls an image by a fresh connection; the runtime does not have it. */
  static void pull(String endpoint, String name) throws IOException {
    ImageSpec image = ImageSpec.newBuilder().setImage(name).build();
    try (CriChannel channel = CriChannel.open(endpoint)) {
      var _ =
          channel
              .images()
              .withDeadlineAfter(PULL_SECONDS, TimeUnit.SECONDS)
              .pullImage(PullImageRequest.newBuilder().setImage(image).build());
    } catch (StatusRuntimeException e) {
      throw failed("pull " + name + " at " + endpoint, e);
    }
  }

  /** Whether there is a runtime that serves images. */
  static boolean answers(String endpoint) {
    try (CriChannel channel = CriChannel.open(endpoint)) {
      var _ =
          channel
              .images()
              .withDeadlineAfter(1, TimeUnit.SECONDS)
              .listImages(ListImagesRequest.getDefaultInstance());
      return true;
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  /** Times the calls that only read. */
  void read(Timings timings) throws IOException {
    timings.time(
        "Version", () -> call("version", r -> r.version(VersionRequest.getDefaultInstance())));
    timings.time(
        "ListContainers",
        () ->
            call(
                "list containers",
                r -> r.listContainers(ListContainersRequest.getDefaultInstance())));
  }

  @Override
  public CriPod prepare(String id) {
    String parent = cgroupPaths ? place.cgroup() + "/pod-" + id : "";
    KubeletPod pod = new KubeletPod(id, parent, place.logs(), place.image());
    return new CriPod(pod);
  }

  private interface Call<T> {
    T on(RuntimeServiceBlockingStub runtime);
  }

  private <T> T call(String what, Call<T> call) throws IOException {
    try {
      return call.on(runtime());
    } catch (StatusRuntimeException e) {
      throw failed(name() + ": " + what, e);
    }
  }

  private static IOException failed(String what, StatusRuntimeException e) {
    return new IOException(what + ": " + e.getStatus(), e);
  }

  @Override
  public void close() {
    channel.close();
  }

  /** A pod of this runtime. */
  final class CriPod implements Pod {
    private final KubeletPod pod;
    private final PodSandboxConfig sandbox;
    private String podId = "";
    private String containerId = "";

    private CriPod(KubeletPod pod) {
      this.pod = pod;
      this.sandbox = pod.sandbox();
    }

    String podId() {
      return podId;
    }

    String containerId() {
      return containerId;
    }

    String cgroupParent() {
      return pod.cgroupParent();
    }

    @Override
    public void up(Timings timings) throws IOException {
      var run =
          RunPodSandboxRequest.newBuilder()
              .setConfig(sandbox)
              .setRuntimeHandler(endpoint.handler())
              .build();
      podId =
          timings
              .time("RunPodSandbox", () -> call("run pod sandbox", r -> r.runPodSandbox(run)))
              .getPodSandboxId();
      var create =
          CreateContainerRequest.newBuilder()
              .setPodSandboxId(podId)
              .setConfig(pod.container())
              .setSandboxConfig(sandbox)
              .build();
      containerId =
          timings
              .time(
                  "CreateContainer", () -> call("create container", r -> r.createContainer(create)))
              .getContainerId();
      var start = StartContainerRequest.newBuilder().setContainerId(containerId).build();
      timings.time("StartContainer", () -> call("start container", r -> r.startContainer(start)));
      timings.sum(POD_START, "RunPodSandbox", "CreateContainer", "StartContainer");
    }

    @Override
    public void use(Timings timings) throws IOException {
      var exec =
          ExecSyncRequest.newBuilder()
              .setContainerId(containerId)
              .addCmd("true")
              .setTimeout(DEADLINE_SECONDS)
              .build();
      int code =
          timings.time("ExecSync", () -> call("exec true", r -> r.execSync(exec))).getExitCode();
      if (code != 0) {
        throw new IOException(name() + ": exec true ended with " + code);
      }
    }

    @Override
    public void down(Timings timings) throws IOException {
      if (podId.isEmpty()) {
        return;
      }
      if (!containerId.isEmpty()) {
        // No patience: a first process that sleeps takes no notice of SIGTERM.
        var stop = StopContainerRequest.newBuilder().setContainerId(containerId).build();
        timings.time("StopContainer", () -> call("stop container", r -> r.stopContainer(stop)));
      }
      var stopPod = StopPodSandboxRequest.newBuilder().setPodSandboxId(podId).build();
      timings.time("StopPodSandbox", () -> call("stop pod", r -> r.stopPodSandbox(stopPod)));
      var remove = RemovePodSandboxRequest.newBuilder().setPodSandboxId(podId).build();
      timings.time("RemovePodSandbox", () -> call("remove pod", r -> r.removePodSandbox(remove)));
      timings.sum(POD_END, "StopContainer", "StopPodSandbox", "RemovePodSandbox");
    }
  }
}
