package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerFilter;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxFilter;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A few pods that several clients work on without knowing of each other. What a call answers then
 * depends on who came first, but it is always an answer to what was asked: never an internal error,
 * a lost container or one in two places.
 */
final class SharedWorld {
  private static final String LABEL = "shared";
  private static final int PODS = 2;
  private static final int CONTAINERS = 2;

  /** By the rules of the CRI and of retries: who came late is told so. */
  private static final Set<Code> POSSIBLE =
      Set.of(Code.OK, Code.ALREADY_EXISTS, Code.NOT_FOUND, Code.FAILED_PRECONDITION);

  private final Node node;
  private final AtomicInteger calls = new AtomicInteger();
  private final Set<String> succeeded = ConcurrentHashMap.newKeySet();

  SharedWorld(Node node) {
    this.node = node;
  }

  /** The calls on containers that have succeeded. */
  Set<String> succeeded() {
    return succeeded;
  }

  int calls() {
    return calls.get();
  }

  private TestPod pod(int number) {
    TestPod pod = node.pod("shared-" + number).hostNetwork();
    pod.config.putLabels(LABEL, "pod");
    return pod;
  }

  private List<String> pods() {
    return node
        .runtime()
        .listPodSandbox(
            ListPodSandboxRequest.newBuilder()
                .setFilter(PodSandboxFilter.newBuilder().putLabelSelector(LABEL, "pod"))
                .build())
        .getItemsList()
        .stream()
        .map(PodSandbox::getId)
        .toList();
  }

  private List<Container> containers() {
    return node.runtime()
        .listContainers(
            ListContainersRequest.newBuilder()
                .setFilter(ContainerFilter.newBuilder().putLabelSelector(LABEL, "container"))
                .build())
        .getContainersList();
  }

  /** One random call on what all clients share. */
  void step(Random random) {
    calls.incrementAndGet();
    try {
      call(random);
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode()).as(e.getMessage()).isIn(POSSIBLE);
    }
  }

  private void call(Random random) {
    TestPod pod = pod(random.nextInt(PODS));
    List<String> pods = pods();
    if (pods.isEmpty() || random.nextInt(8) == 0) {
      pod.run();
      return;
    }
    pod.id = pods.get(random.nextInt(pods.size()));
    List<Container> containers = containers();
    if (containers.isEmpty() || random.nextInt(4) == 0) {
      var config = pod.container("c" + random.nextInt(CONTAINERS), "sleep", "3600");
      pod.create(config.putLabels(LABEL, "container"));
      succeeded.add("create");
      return;
    }
    Container one = containers.get(random.nextInt(containers.size()));
    pod.id = one.getPodSandboxId();
    var container =
        new TestContainer(pod, one.getId(), dev.gantry.cri.v1.ContainerConfig.getDefaultInstance());
    switch (random.nextInt(12)) {
      case 0, 1, 2 -> {
        container.start();
        succeeded.add("start");
      }
      case 3, 4 -> {
        container.stop(0);
        succeeded.add("stop");
      }
      case 5 -> {
        container.remove();
        succeeded.add("remove");
      }
      case 6, 7 -> container.status();
      case 8 -> pod.status();
      case 9 -> pod.stop();
      case 10 -> pod.remove();
      default -> assertThat(container.exec("true").getExitCode()).isIn(0, 137);
    }
  }

  /** When nobody calls any more: every container is in a pod that is there, and all can go. */
  void settleAndRemoveAll() {
    List<String> pods = pods();
    assertThat(containers()).extracting(Container::getPodSandboxId).isSubsetOf(pods);
    for (String id : pods) {
      TestPod pod = pod(0);
      pod.id = id;
      pod.remove();
    }
    assertThat(containers()).isEmpty();
    assertThat(pods()).isEmpty();
  }
}
