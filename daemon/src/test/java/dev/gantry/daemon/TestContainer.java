package dev.gantry.daemon;

import static org.awaitility.Awaitility.await;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.ContainerStatusRequest;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ExecSyncResponse;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.RemoveContainerRequest;
import dev.gantry.cri.v1.StartContainerRequest;
import dev.gantry.cri.v1.StopContainerRequest;
import dev.gantry.cri.v1.UpdateContainerResourcesRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A container of a {@link TestPod}. */
final class TestContainer {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int TAG_FIELDS = 4;

  final TestPod pod;
  final String id;
  final ContainerConfig config;

  TestContainer(TestPod pod, String id, ContainerConfig config) {
    this.pod = pod;
    this.id = id;
    this.config = config;
  }

  void start() {
    pod.node
        .runtime()
        .startContainer(StartContainerRequest.newBuilder().setContainerId(id).build());
  }

  void stop(long graceSeconds) {
    pod.node
        .runtime()
        .stopContainer(
            StopContainerRequest.newBuilder().setContainerId(id).setTimeout(graceSeconds).build());
  }

  void remove() {
    pod.node
        .runtime()
        .removeContainer(RemoveContainerRequest.newBuilder().setContainerId(id).build());
  }

  ContainerStatus status() {
    return pod.node
        .runtime()
        .containerStatus(ContainerStatusRequest.newBuilder().setContainerId(id).build())
        .getStatus();
  }

  /** What the daemon tells beyond the CRI's fields, as JSON. */
  String info() {
    return pod.node
        .runtime()
        .containerStatus(
            ContainerStatusRequest.newBuilder().setContainerId(id).setVerbose(true).build())
        .getInfoOrThrow("info");
  }

  ContainerState state() {
    return status().getState();
  }

  /** Waits for the container's end. */
  ContainerStatus ended() {
    await().atMost(PATIENCE).until(() -> state() == ContainerState.CONTAINER_EXITED);
    return status();
  }

  /** Runs a command in it to its end. */
  ExecSyncResponse exec(String... command) {
    return pod.node
        .runtime()
        .execSync(
            ExecSyncRequest.newBuilder()
                .setContainerId(id)
                .addAllCmd(List.of(command))
                .setTimeout(PATIENCE.toSeconds())
                .build());
  }

  /** Changes the limits that the resources name. */
  void update(LinuxContainerResources.Builder resources) {
    var _ =
        pod.node
            .runtime()
            .updateContainerResources(
                UpdateContainerResourcesRequest.newBuilder()
                    .setContainerId(id)
                    .setLinux(resources)
                    .build());
  }

  /** Runs a shell script in it; what that prints, which must not fail. */
  String sh(String script) {
    ExecSyncResponse done = exec("sh", "-c", script);
    if (done.getExitCode() != 0) {
      throw new AssertionError(
          script + ": exit code " + done.getExitCode() + ", " + done.getStderr().toStringUtf8());
    }
    return done.getStdout().toStringUtf8().strip();
  }

  Path log() {
    return Path.of(status().getLogPath());
  }

  /** The lines of the log as they stand in the file. */
  List<String> rawLog() {
    try {
      return Files.exists(log()) ? Files.readAllLines(log()) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the container wrote, line by line. */
  List<String> logLines() {
    var lines = new ArrayList<String>();
    for (String line : rawLog()) {
      String[] fields = line.split(" ", TAG_FIELDS);
      lines.add(fields.length < TAG_FIELDS ? "" : fields[TAG_FIELDS - 1]);
    }
    return lines;
  }

  /** Waits until the container has written a line. */
  void awaitLine(String line) {
    await().atMost(PATIENCE).until(() -> logLines().contains(line));
  }

  /** Waits until something in it listens on a TCP port. */
  void awaitPort(int port) {
    await().atMost(PATIENCE).until(() -> sh("netstat -ltn").contains(":" + port));
  }
}
