package dev.gantry.cli.client;

import dev.gantry.cri.v1.AttachRequest;
import dev.gantry.cri.v1.AuthConfig;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.ContainerStatusResponse;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.ExecRequest;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.ImageStatusRequest;
import dev.gantry.cri.v1.ImageStatusResponse;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import dev.gantry.cri.v1.PodSandboxStatusResponse;
import dev.gantry.cri.v1.PortForwardRequest;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.RemoveContainerRequest;
import dev.gantry.cri.v1.RemoveImageRequest;
import dev.gantry.cri.v1.RemovePodSandboxRequest;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.StartContainerRequest;
import dev.gantry.cri.v1.StopContainerRequest;
import dev.gantry.cri.v1.StopPodSandboxRequest;
import dev.gantry.cri.v1.VersionRequest;
import dev.gantry.cri.v1.VersionResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The calls of CRI that several commands make, each as one line for its caller. */
public final class Calls {
  private Calls() {}

  /** The runtime's name and version. */
  public static VersionResponse version(CriClient client) {
    var request = VersionRequest.newBuilder().setVersion("v1").build();
    return client.read("get the runtime's version", s -> s.version(request));
  }

  /** Makes and starts a pod; the answer is its id. */
  public static String runPod(
      CriClient client, PodSandboxConfig config, String handler, Duration limit) {
    var request =
        RunPodSandboxRequest.newBuilder().setConfig(config).setRuntimeHandler(handler).build();
    var metadata = config.getMetadata();
    String what = "run pod " + metadata.getNamespace() + "/" + metadata.getName();
    return client.work(what, limit, s -> s.runPodSandbox(request)).getPodSandboxId();
  }

  public static PodSandboxStatusResponse podStatus(CriClient client, String id, boolean verbose) {
    var request =
        PodSandboxStatusRequest.newBuilder().setPodSandboxId(id).setVerbose(verbose).build();
    return client.read("inspect pod " + id, s -> s.podSandboxStatus(request));
  }

  public static void stopPod(CriClient client, String id) {
    var request = StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build();
    client.work("stop pod " + id, s -> s.stopPodSandbox(request));
  }

  /** Removes a pod, and its containers with it. */
  public static void removePod(CriClient client, String id) {
    var request = RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build();
    client.work("remove pod " + id, s -> s.removePodSandbox(request));
  }

  /** Makes a container; the answer is its id. */
  public static String createContainer(
      CriClient client,
      String podId,
      ContainerConfig container,
      PodSandboxConfig pod,
      Duration limit) {
    var request =
        CreateContainerRequest.newBuilder()
            .setPodSandboxId(podId)
            .setConfig(container)
            .setSandboxConfig(pod)
            .build();
    String what = "create container " + container.getMetadata().getName() + " in pod " + podId;
    return client.work(what, limit, s -> s.createContainer(request)).getContainerId();
  }

  public static void startContainer(CriClient client, String id) {
    var request = StartContainerRequest.newBuilder().setContainerId(id).build();
    client.work("start container " + id, s -> s.startContainer(request));
  }

  /** Stops a container, which is killed after {@code seconds}. */
  public static void stopContainer(CriClient client, String id, long seconds) {
    var request = StopContainerRequest.newBuilder().setContainerId(id).setTimeout(seconds).build();
    client.work("stop container " + id, s -> s.stopContainer(request));
  }

  public static void removeContainer(CriClient client, String id) {
    var request = RemoveContainerRequest.newBuilder().setContainerId(id).build();
    client.work("remove container " + id, s -> s.removeContainer(request));
  }

  public static ContainerStatusResponse containerStatus(
      CriClient client, String id, boolean verbose) {
    var request =
        ContainerStatusRequest.newBuilder().setContainerId(id).setVerbose(verbose).build();
    return client.read("inspect container " + id, s -> s.containerStatus(request));
  }

  /** Runs a command in a container until it ends; after {@code seconds}, unless 0, it is killed. */
  public static ExecSyncResponse execSync(
      CriClient client, String id, List<String> command, long seconds) {
    var request =
        ExecSyncRequest.newBuilder()
            .setContainerId(id)
            .addAllCmd(command)
            .setTimeout(seconds)
            .build();
    return client.work("exec in container " + id, s -> s.execSync(request));
  }

  /** The URL under which a command runs with our streams. */
  public static String exec(
      CriClient client, String id, List<String> command, boolean stdin, boolean terminal) {
    var request =
        ExecRequest.newBuilder()
            .setContainerId(id)
            .addAllCmd(command)
            .setStdin(stdin)
            .setStdout(true)
            .setStderr(!terminal)
            .setTty(terminal)
            .build();
    return client.work("exec in container " + id, s -> s.exec(request)).getUrl();
  }

  /** The URL under which our streams are those of a container's first process. */
  public static String attach(CriClient client, String id, boolean stdin, boolean terminal) {
    var request =
        AttachRequest.newBuilder()
            .setContainerId(id)
            .setStdin(stdin)
            .setStdout(true)
            .setStderr(!terminal)
            .setTty(terminal)
            .build();
    return client.work("attach to container " + id, s -> s.attach(request)).getUrl();
  }

  /** The URL under which connections are forwarded to ports of a pod. */
  public static String portForward(CriClient client, String podId, List<Integer> ports) {
    var request = PortForwardRequest.newBuilder().setPodSandboxId(podId).addAllPort(ports).build();
    return client.work("forward ports to pod " + podId, s -> s.portForward(request)).getUrl();
  }

  /** The answer has no image when there is none of that name or id. */
  public static ImageStatusResponse imageStatus(CriClient client, String image, boolean verbose) {
    var request = ImageStatusRequest.newBuilder().setImage(spec(image)).setVerbose(verbose).build();
    return client.readImages("inspect image " + image, s -> s.imageStatus(request));
  }

  /** Pulls an image within {@code limit}, unless that is zero; the answer is its reference. */
  public static String pull(
      CriClient client,
      ImageSpec image,
      Optional<AuthConfig> auth,
      Optional<PodSandboxConfig> pod,
      Duration limit) {
    var request = PullImageRequest.newBuilder().setImage(image);
    auth.ifPresent(request::setAuth);
    pod.ifPresent(request::setSandboxConfig);
    return client
        .workImages("pull " + image.getImage(), limit, s -> s.pullImage(request.build()))
        .getImageRef();
  }

  public static void removeImage(CriClient client, String image) {
    var request = RemoveImageRequest.newBuilder().setImage(spec(image)).build();
    client.workImages("remove image " + image, Duration.ZERO, s -> s.removeImage(request));
  }

  /** An image by name. */
  public static ImageSpec spec(String image) {
    return ImageSpec.newBuilder().setImage(image).build();
  }
}
