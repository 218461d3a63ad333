package dev.gantry.agent.runtime;

import dev.gantry.cri.channel.CriChannel;
import dev.gantry.cri.v1.AuthConfig;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerEventResponse;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.GetEventsRequest;
import dev.gantry.cri.v1.ImageServiceGrpc.ImageServiceBlockingStub;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.ListPodSandboxStatsRequest;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxStats;
import dev.gantry.cri.v1.PodSandboxStatsFilter;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.RemoveContainerRequest;
import dev.gantry.cri.v1.RemovePodSandboxRequest;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import dev.gantry.cri.v1.StartContainerRequest;
import dev.gantry.cri.v1.StopContainerRequest;
import dev.gantry.cri.v1.StopPodSandboxRequest;
import io.grpc.ConnectivityState;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** A CRI runtime on unix sockets, seen through the label of one agent. */
public final class CriRuntime implements PodRuntime, RuntimeEvents, AutoCloseable {
  // The kubelet's: runtimeRequestTimeout, and twice that for what makes a network.
  private static final Duration READ = Duration.ofMinutes(2);
  private static final Duration WORK = Duration.ofMinutes(4);
  private static final int OUTPUT_LIMIT = 10 * 1024;

  private final CriChannel channel;
  private final CriChannel imageChannel;
  private final String agent;
  private final PodReader reader;

  /**
   * A runtime; it is connected to by the first call.
   *
   * @param runtime where it listens
   * @param images where its image service listens, which may be the same
   * @param agent the id that marks this agent's pods
   */
  public CriRuntime(String runtime, String images, String agent) {
    this.channel = CriChannel.open(runtime);
    this.imageChannel = images.equals(runtime) ? channel : CriChannel.open(images);
    this.agent = agent;
    this.reader = new PodReader(() -> timed(stub(), READ), agent);
  }

  @Override
  public List<RuntimePod> pods() {
    return call("list pods", reader::pods);
  }

  @Override
  public PodSnapshot inspect(String uid) {
    return call("inspect pod " + uid, () -> reader.inspect(uid));
  }

  @Override
  public String runSandbox(PodSandboxConfig config, String handler) {
    PodSandboxConfig ours = config.toBuilder().putLabels(RuntimeLabels.AGENT, agent).build();
    var request = RunPodSandboxRequest.newBuilder().setConfig(ours).setRuntimeHandler(handler);
    return call(
        "run pod sandbox",
        () -> timed(stub(), WORK).runPodSandbox(request.build()).getPodSandboxId());
  }

  @Override
  public void stopSandbox(String id) {
    var request = StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build();
    gone("stop pod sandbox " + id, () -> timed(stub(), WORK).stopPodSandbox(request));
  }

  @Override
  public void removeSandbox(String id) {
    var request = RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build();
    gone("remove pod sandbox " + id, () -> timed(stub(), WORK).removePodSandbox(request));
  }

  @Override
  public String createContainer(
      String sandboxId, ContainerConfig config, PodSandboxConfig sandbox) {
    var request =
        CreateContainerRequest.newBuilder()
            .setPodSandboxId(sandboxId)
            .setConfig(config.toBuilder().putLabels(RuntimeLabels.AGENT, agent))
            .setSandboxConfig(sandbox.toBuilder().putLabels(RuntimeLabels.AGENT, agent))
            .build();
    return call(
        "create container", () -> timed(stub(), WORK).createContainer(request).getContainerId());
  }

  @Override
  public void startContainer(String id) {
    var request = StartContainerRequest.newBuilder().setContainerId(id).build();
    call("start container", () -> timed(stub(), READ).startContainer(request));
  }

  @Override
  public void stopContainer(String id, Duration grace) {
    var request =
        StopContainerRequest.newBuilder().setContainerId(id).setTimeout(grace.toSeconds()).build();
    gone("stop container " + id, () -> timed(stub(), READ.plus(grace)).stopContainer(request));
  }

  @Override
  public void removeContainer(String id) {
    var request = RemoveContainerRequest.newBuilder().setContainerId(id).build();
    gone("remove container " + id, () -> timed(stub(), READ).removeContainer(request));
  }

  @Override
  public ExecResult exec(String containerId, List<String> command, Duration limit) {
    var request =
        ExecSyncRequest.newBuilder()
            .setContainerId(containerId)
            .addAllCmd(command)
            .setTimeout(limit.toSeconds())
            .build();
    // Longer than the runtime's own limit, so that its answer comes first.
    Duration deadline = limit.isZero() ? WORK : limit.plusSeconds(10);
    ExecSyncResponse answer = call("exec", () -> timed(stub(), deadline).execSync(request));
    String output = answer.getStdout().toStringUtf8() + answer.getStderr().toStringUtf8();
    return new ExecResult(
        answer.getExitCode(), output.substring(0, Math.min(output.length(), OUTPUT_LIMIT)));
  }

  @Override
  public Optional<Image> image(String name) {
    var request =
        ImageStatusRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(name)).build();
    var answer =
        call("look for image " + name, () -> timed(imageStub(), READ).imageStatus(request));
    if (!answer.hasImage()) {
      return Optional.empty();
    }
    var image = answer.getImage();
    // One that names no user runs as root: the kubelet's getImageUser.
    boolean named = !image.hasUid() && !image.getUsername().isEmpty();
    Optional<Long> uid = named ? Optional.empty() : Optional.of(image.getUid().getValue());
    return Optional.of(new Image(image.getId(), uid, image.getUsername()));
  }

  @Override
  public void pull(String name, List<AuthConfig> auths, PodSandboxConfig sandbox) {
    List<AuthConfig> tries = auths.isEmpty() ? List.of(AuthConfig.getDefaultInstance()) : auths;
    RuntimeCallException last = null;
    for (AuthConfig auth : tries) {
      var request =
          PullImageRequest.newBuilder()
              .setImage(ImageSpec.newBuilder().setImage(name))
              .setSandboxConfig(sandbox);
      if (!auths.isEmpty()) {
        request.setAuth(auth);
      }
      try {
        // As long as it takes: the runtime gives up what stalls.
        call("pull " + name, () -> imageStub().pullImage(request.build()));
        return;
      } catch (RuntimeCallException e) {
        if (last != null) {
          e.addSuppressed(last);
        }
        last = e;
        if (e.cancelled() || e.unreachable()) {
          throw e;
        }
      }
    }
    throw java.util.Objects.requireNonNull(last);
  }

  @Override
  public void listen(Runnable opened, Consumer<String> pod) {
    call(
        "listen to container events",
        () -> {
          Iterator<ContainerEventResponse> events =
              stub().getContainerEvents(GetEventsRequest.getDefaultInstance());
          opened.run();
          while (events.hasNext()) {
            var status = events.next().getPodSandboxStatus();
            if (agent.equals(status.getLabelsOrDefault(RuntimeLabels.AGENT, ""))) {
              pod.accept(status.getLabelsOrDefault(RuntimeLabels.POD_UID, ""));
            }
          }
          return true;
        });
  }

  /** What the runtime says about itself. */
  public RuntimeFacts facts() {
    return new FactsReader(() -> timed(stub(), READ)).read();
  }

  /** What the agent's pods use. */
  public List<PodSandboxStats> stats() {
    var request =
        ListPodSandboxStatsRequest.newBuilder()
            .setFilter(
                PodSandboxStatsFilter.newBuilder()
                    .putAllLabelSelector(Map.of(RuntimeLabels.AGENT, agent)))
            .build();
    return call(
        "list pod stats", () -> timed(stub(), READ).listPodSandboxStats(request).getStatsList());
  }

  private ImageServiceBlockingStub imageStub() {
    awake(imageChannel);
    return imageChannel.images();
  }

  private RuntimeServiceBlockingStub stub() {
    awake(channel);
    return channel.runtime();
  }

  /** A runtime that was away for long is tried at each call, not when gRPC's back-off is over. */
  private static void awake(CriChannel of) {
    if (of.channel().getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
      of.channel().resetConnectBackoff();
    }
  }

  private static RuntimeServiceBlockingStub timed(RuntimeServiceBlockingStub stub, Duration limit) {
    return stub.withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static ImageServiceBlockingStub timed(ImageServiceBlockingStub stub, Duration limit) {
    return stub.withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  static <T> T call(String what, Supplier<T> rpc) {
    try {
      return rpc.get();
    } catch (StatusRuntimeException e) {
      throw RuntimeCallException.of(what, e);
    }
  }

  private static void gone(String what, Supplier<?> rpc) {
    try {
      call(what, rpc);
    } catch (RuntimeCallException e) {
      if (!e.notFound()) {
        throw e;
      }
    }
  }

  @Override
  public void close() {
    channel.close();
    if (imageChannel != channel) {
      imageChannel.close();
    }
  }
}
