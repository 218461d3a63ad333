package dev.gantry.daemon;

import com.google.protobuf.ByteString;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.CreateContainerRequest;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.KeyValue;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PodSandboxMetadata;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.cri.v1.PodSandboxStatus;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import dev.gantry.cri.v1.RemovePodSandboxRequest;
import dev.gantry.cri.v1.RunPodSandboxRequest;
import dev.gantry.cri.v1.StopPodSandboxRequest;
import java.nio.file.Path;
import java.util.List;

/** A pod of a {@link Node}: its configuration, which a test changes before {@link #run}. */
final class TestPod {
  final Node node;
  final PodSandboxConfig.Builder config;
  String handler = "";
  String id = "";

  TestPod(Node node, String name) {
    this.node = node;
    this.config =
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder()
                    .setName(name)
                    .setNamespace("tests")
                    .setUid("uid-" + name))
            .setLogDirectory(node.dirs.path("logs/" + name).toString());
    // As the kubelet does it: each container has a PID namespace of its own.
    pid(NamespaceMode.CONTAINER);
  }

  TestPod pid(NamespaceMode mode) {
    Edit.namespaces(config, namespaces -> namespaces.setPid(mode));
    return this;
  }

  TestPod handler(String name) {
    handler = name;
    return this;
  }

  TestPod hostNetwork() {
    Edit.namespaces(config, namespaces -> namespaces.setNetwork(NamespaceMode.NODE));
    return this;
  }

  RunPodSandboxRequest request() {
    return RunPodSandboxRequest.newBuilder().setConfig(config).setRuntimeHandler(handler).build();
  }

  /** Runs it. */
  TestPod run() {
    id = node.runtime().runPodSandbox(request()).getPodSandboxId();
    return this;
  }

  void stop() {
    node.runtime().stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(id).build());
  }

  void remove() {
    node.runtime()
        .removePodSandbox(RemovePodSandboxRequest.newBuilder().setPodSandboxId(id).build());
  }

  PodSandboxStatus status() {
    return node.runtime()
        .podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(id).build())
        .getStatus();
  }

  /** What the daemon tells beyond the CRI's fields, as JSON. */
  String info() {
    return node.runtime()
        .podSandboxStatus(
            PodSandboxStatusRequest.newBuilder().setPodSandboxId(id).setVerbose(true).build())
        .getInfoOrThrow("info");
  }

  boolean ready() {
    return status().getState() == PodSandboxState.SANDBOX_READY;
  }

  /** The pod's address. */
  String ip() {
    return status().getNetwork().getIp();
  }

  Path logDirectory() {
    return Path.of(config.getLogDirectory());
  }

  /** A configuration of a container that runs this shell script in {@link Node#BUSYBOX}. */
  ContainerConfig.Builder shell(String name, String script) {
    return container(name, "sh", "-c", script);
  }

  /** A configuration of a container that runs this command in {@link Node#BUSYBOX}. */
  ContainerConfig.Builder container(String name, String... command) {
    var container =
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName(name))
            .setImage(ImageSpec.newBuilder().setImage(Node.BUSYBOX))
            .addAllCommand(List.of(command))
            .setLogPath(name + ".log");
    Edit.security(
        container,
        security ->
            security.setNamespaceOptions(
                config.getLinux().getSecurityContext().getNamespaceOptions()));
    return container;
  }

  /** A configuration of a container that sleeps and has these mounts. */
  ContainerConfig.Builder sleeper(Mount.Builder... mounts) {
    ContainerConfig.Builder container = container("main", "sleep", "3600");
    List.of(mounts).forEach(container::addMounts);
    return container;
  }

  CreateContainerRequest createRequest(ContainerConfig.Builder container) {
    return CreateContainerRequest.newBuilder()
        .setPodSandboxId(id)
        .setConfig(container)
        .setSandboxConfig(config)
        .build();
  }

  TestContainer create(ContainerConfig.Builder container) {
    String containerId = node.runtime().createContainer(createRequest(container)).getContainerId();
    return new TestContainer(this, containerId, container.build());
  }

  /** Creates and starts a container. */
  TestContainer start(ContainerConfig.Builder container) {
    TestContainer created = create(container);
    created.start();
    return created;
  }

  /** Starts a container that sleeps, for others to look at or to run commands in. */
  TestContainer startSleeper(String name) {
    return start(container(name, "sleep", "3600"));
  }

  /** Starts a container with a server on port 7000 that sends back what it gets. */
  TestContainer startEcho() {
    TestContainer echo = start(container("echo", "nc", "-ll", "-p", "7000", "-e", "cat"));
    echo.awaitPort(7000);
    return echo;
  }

  static KeyValue variable(String name, String value) {
    return KeyValue.newBuilder().setKey(name).setValue(ByteString.copyFromUtf8(value)).build();
  }
}
