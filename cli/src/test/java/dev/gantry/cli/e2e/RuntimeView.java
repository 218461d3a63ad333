package dev.gantry.cli.e2e;

import dev.gantry.cri.channel.CriChannel;
import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ExecSyncRequest;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a runtime has, asked past the agent. */
final class RuntimeView implements AutoCloseable {
  private final String endpoint;
  private final PodWatch pods;
  private @Nullable CriChannel channel;

  RuntimeView(String endpoint, PodWatch pods) {
    this.endpoint = endpoint;
    this.pods = pods;
  }

  /** Runs a command in a container; its output. */
  String exec(String name, String container, String... command) {
    var request =
        ExecSyncRequest.newBuilder()
            .setContainerId(PodWatch.id(PodWatch.status(pods.pod(name), container)))
            .addAllCmd(List.of(command))
            .setTimeout(20)
            .build();
    var answer = cri().runtime().execSync(request);
    return answer.getStdout().toStringUtf8() + answer.getStderr().toStringUtf8();
  }

  private CriChannel cri() {
    CriChannel open = channel;
    if (open == null) {
      open = CriChannel.open(endpoint);
      channel = open;
    }
    return open;
  }

  /** The containers that run, as {@code pod/container}. */
  List<String> running() {
    return names(c -> c.getState() == ContainerState.CONTAINER_RUNNING);
  }

  /** All containers, as {@code pod/container}. */
  List<String> names() {
    return names(c -> true);
  }

  private List<String> names(Predicate<Container> wanted) {
    return cri()
        .runtime()
        .withWaitForReady()
        .withDeadlineAfter(30, TimeUnit.SECONDS)
        .listContainers(ListContainersRequest.getDefaultInstance())
        .getContainersList()
        .stream()
        .filter(wanted)
        .map(c ->
            c.getLabelsOrDefault("io.kubernetes.pod.name", "") + "/" + c.getMetadata().getName())
        .sorted()
        .toList();
  }

  /** How many sandboxes and containers the runtime has, dead ones too. */
  int held() {
    var stub = cri().runtime();
    return stub.listContainers(ListContainersRequest.getDefaultInstance()).getContainersCount()
        + stub.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsCount();
  }

  @Override
  public void close() {
    if (channel != null) {
      channel.close();
    }
  }
}
