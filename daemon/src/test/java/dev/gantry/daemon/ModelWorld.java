package dev.gantry.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.ContainerFilter;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStateValue;
import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.ContainerStatsFilter;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.ImageSpec;
import dev.gantry.cri.v1.LinuxContainerResources;
import dev.gantry.cri.v1.ListContainerStatsRequest;
import dev.gantry.cri.v1.ListContainersRequest;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.NamespaceMode;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.PodSandboxFilter;
import dev.gantry.cri.v1.PodSandboxState;
import dev.gantry.cri.v1.PodSandboxStateValue;
import dev.gantry.cri.v1.PodSandboxStatusRequest;
import dev.gantry.cri.v1.PortMapping;
import dev.gantry.cri.v1.UpdateContainerResourcesRequest;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Pods and containers of one client, as the CRI's rules say they must be: each step is a random
 * call, valid or not, whose answer must be the one that the rules foresee.
 */
final class ModelWorld {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String UNKNOWN = "00ff".repeat(16);
  private static final String LABEL = "world";
  private static final int MOST_PODS = 3;
  private static final int MOST_CONTAINERS = 3;
  private static final int TRACE = 25;
  private static final long MEBI = 1L << 20;

  /** What a container's command does, and so how it ends. */
  private enum Kind {
    SLEEPS("exec sleep 3600", 137),
    ENDS("exit 3", 3),
    OBEYS("trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done", 7);

    private final String script;
    private final int exitCode;

    Kind(String script, int exitCode) {
      this.script = script;
      this.exitCode = exitCode;
    }
  }

  private static final class ModelPod {
    final TestPod pod;
    final List<ModelContainer> containers = new ArrayList<>();
    boolean ready = true;

    ModelPod(TestPod pod) {
      this.pod = pod;
    }
  }

  private static final class ModelContainer {
    final ModelPod pod;
    final Kind kind;
    final TestContainer container;
    ContainerState state = ContainerState.CONTAINER_CREATED;
    int exitCode;
    long memory;

    ModelContainer(ModelPod pod, Kind kind, TestContainer container) {
      this.pod = pod;
      this.kind = kind;
      this.container = container;
    }

    boolean runs() {
      return state == ContainerState.CONTAINER_RUNNING;
    }

    void ended(int code) {
      if (state != ContainerState.CONTAINER_EXITED) {
        exitCode = runs() ? code : -1;
        state = ContainerState.CONTAINER_EXITED;
      }
    }
  }

  private final Node node;
  private final String name;
  private final Random random;
  private final List<ModelPod> pods = new ArrayList<>();
  private final Deque<String> trace = new ArrayDeque<>();
  private final Set<String> met = new TreeSet<>();
  private int names;
  private int calls;

  ModelWorld(Node node, String name, long seed) {
    this.node = node;
    this.name = name;
    this.random = new Random(seed);
  }

  /** How many calls were made. */
  int calls() {
    return calls;
  }

  /** What was done last, for who has to find out why a step failed. */
  String trace() {
    return name + ":\n  " + String.join("\n  ", trace);
  }

  private void note(String what) {
    trace.add(what);
    if (trace.size() > TRACE) {
      trace.remove();
    }
  }

  /** Makes a call that must end so. */
  private void expect(Code code, String what, Runnable call) {
    note(what + " → " + code);
    calls++;
    try {
      call.run();
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode()).as(what + ": " + e.getMessage()).isEqualTo(code);
      return;
    }
    assertThat(Code.OK).as(what).isEqualTo(code);
  }

  private <T> T pick(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  private @Nullable ModelContainer anyContainer(Predicate<ModelContainer> which) {
    List<ModelContainer> all =
        pods.stream().flatMap(pod -> pod.containers.stream()).filter(which).toList();
    return all.isEmpty() ? null : pick(all);
  }

  /** One of all containers, three times out of four one that the predicate picks. */
  private @Nullable ModelContainer mostly(Predicate<ModelContainer> which) {
    ModelContainer one = random.nextInt(4) == 0 ? null : anyContainer(which);
    return one == null ? anyContainer(c -> true) : one;
  }

  private ModelPod mostly(List<ModelPod> all, Predicate<ModelPod> which) {
    List<ModelPod> some = all.stream().filter(which).toList();
    return some.isEmpty() || random.nextInt(4) == 0 ? pick(all) : pick(some);
  }

  private void meet(String call, ModelContainer container) {
    met.add(call + " " + container.state.name());
  }

  /** The calls that were made on containers, with the states in which they were met. */
  Set<String> met() {
    return met;
  }

  /** Steps on until one of its containers runs. */
  void letOneRun() {
    while (anyContainer(ModelContainer::runs) == null) {
      if (pods.isEmpty()) {
        runPod();
      } else if (random.nextBoolean()) {
        createContainer();
      } else if (random.nextInt(4) > 0) {
        startContainer();
      } else {
        stopOrRemovePod();
      }
    }
  }

  /** One random call, or a few that belong together. */
  void step() {
    // Reads and refusals cost little: they are most of the calls.
    switch (random.nextInt(60)) {
      case 0, 1 -> runPod();
      case 2, 3 -> runPodAgain();
      case 4 -> stopOrRemovePod();
      case 5, 6, 7, 8 -> createContainer();
      case 9, 10 -> createAgain();
      case 11, 12, 13, 14, 15 -> startContainer();
      case 16 -> stopContainer();
      case 17 -> removeContainer();
      case 18, 19 -> exec();
      case 20 -> update();
      case 21, 22, 23, 24 -> runPodThatCannotBe();
      case 25, 26, 27, 28 -> createWhatCannotBe();
      case 29, 30, 31, 32 -> statistics();
      case 33, 34, 35, 36, 37, 38 -> unknowns();
      case 39, 40, 41, 42, 43, 44 -> compareAll();
      case 45, 46, 47, 48, 49, 50 -> listPods();
      default -> listContainers();
    }
  }

  private TestPod newPod() {
    TestPod pod = node.pod(name + "-" + names++);
    pod.config.putLabels(LABEL, name);
    if (random.nextInt(4) > 0) {
      pod.hostNetwork();
    }
    if (random.nextInt(4) == 0) {
      pod.pid(NamespaceMode.POD);
    }
    return pod;
  }

  private void runPod() {
    if (pods.size() == MOST_PODS) {
      stopOrRemovePod();
      return;
    }
    TestPod pod = newPod();
    expect(Code.OK, "run pod " + pod.config.getMetadata().getName(), pod::run);
    pods.add(new ModelPod(pod));
  }

  private void runPodAgain() {
    if (pods.isEmpty()) {
      return;
    }
    ModelPod pod = pick(pods);
    String id = pod.pod.id;
    boolean different = random.nextBoolean();
    var request = pod.pod.request().toBuilder();
    if (different) {
      request.setConfig(request.getConfig().toBuilder().putAnnotations("other", "yes"));
    }
    boolean same = pod.ready && !different;
    expect(
        same ? Code.OK : Code.ALREADY_EXISTS,
        "run pod again, " + (different ? "different" : "the same"),
        () -> {
          String again = node.runtime().runPodSandbox(request.build()).getPodSandboxId();
          assertThat(again).isEqualTo(id);
        });
  }

  private void runPodThatCannotBe() {
    TestPod pod = newPod();
    switch (random.nextInt(6)) {
      case 0 -> pod.config.setHostname("a/b");
      case 1 -> pod.handler = "no-such-handler";
      case 2 -> Edit.linux(pod.config, linux -> linux.setCgroupParent("/x/../.."));
      case 3 -> Edit.linux(pod.config, linux -> linux.putSysctls("vm.overcommit_memory", "1"));
      case 4 -> pod.config.setLogDirectory("relative");
      default -> {
        pod.config.clearLinux();
        pod.config.addPortMappings(
            PortMapping.newBuilder().setContainerPort(80).setHostPort(70_000));
      }
    }
    expect(Code.INVALID_ARGUMENT, "run a pod that cannot be", pod::run);
  }

  private void stopOrRemovePod() {
    if (pods.isEmpty()) {
      return;
    }
    ModelPod pod = mostly(pods, p -> !p.ready);
    if (!pod.ready || random.nextBoolean()) {
      expect(Code.OK, "remove pod", pod.pod::remove);
      pods.remove(pod);
      expect(Code.NOT_FOUND, "status of a removed pod", pod.pod::status);
    } else {
      expect(Code.OK, "stop pod", pod.pod::stop);
      pod.ready = false;
      pod.containers.forEach(container -> container.ended(137));
    }
  }

  private void createContainer() {
    if (pods.isEmpty()) {
      runPod();
      return;
    }
    ModelPod pod = mostly(pods, p -> p.ready);
    if (pod.containers.size() == MOST_CONTAINERS) {
      startContainer();
      return;
    }
    Kind kind = pick(List.of(Kind.values()));
    ContainerConfig.Builder config = pod.pod.shell("c" + names++, kind.script);
    config.putLabels(LABEL, name).putLabels("kind", kind.name());
    if (pod.ready) {
      expect(
          Code.OK,
          "create " + kind,
          () -> pod.containers.add(new ModelContainer(pod, kind, pod.pod.create(config))));
    } else {
      expect(Code.FAILED_PRECONDITION, "create in a stopped pod", () -> pod.pod.create(config));
    }
  }

  private void createAgain() {
    ModelContainer container = anyContainer(c -> c.pod.ready);
    if (container == null) {
      return;
    }
    ContainerConfig.Builder config = container.container.config.toBuilder();
    boolean different = random.nextBoolean();
    if (different) {
      config.putAnnotations("other", "yes");
    }
    boolean same = !different && container.state == ContainerState.CONTAINER_CREATED;
    expect(
        same ? Code.OK : Code.ALREADY_EXISTS,
        "create again, " + (different ? "different" : "the same") + ", " + container.state.name(),
        () -> assertThat(container.pod.pod.create(config).id).isEqualTo(container.container.id));
  }

  private void createWhatCannotBe() {
    List<ModelPod> ready = pods.stream().filter(pod -> pod.ready).toList();
    if (ready.isEmpty()) {
      return;
    }
    TestPod pod = pick(ready).pod;
    ContainerConfig.Builder config = pod.shell("bad" + names++, "true");
    Code code = Code.INVALID_ARGUMENT;
    switch (random.nextInt(6)) {
      case 0 -> config.setLogPath("../../escape.log");
      case 1 -> config.setWorkingDir("/a/../../b");
      case 2 -> config.addMounts(Mount.newBuilder().setContainerPath("rel").setHostPath("/tmp"));
      case 3 -> config.clearImage();
      case 4 -> config.clearCommand().addCommand("/no/such/program");
      default -> {
        config.setImage(ImageSpec.newBuilder().setImage("test.example/unknown:1"));
        code = Code.NOT_FOUND;
      }
    }
    expect(code, "create what cannot be", () -> pod.create(config));
  }

  private void startContainer() {
    ModelContainer container = mostly(c -> c.state == ContainerState.CONTAINER_CREATED);
    if (container == null) {
      createContainer();
      return;
    }
    boolean ended = container.state == ContainerState.CONTAINER_EXITED;
    expect(
        ended ? Code.FAILED_PRECONDITION : Code.OK,
        "start " + container.kind + ", " + container.state.name(),
        container.container::start);
    if (container.state == ContainerState.CONTAINER_CREATED) {
      container.state = ContainerState.CONTAINER_RUNNING;
      switch (container.kind) {
        case SLEEPS -> {}
        case ENDS -> {
          container.container.ended();
          container.ended(Kind.ENDS.exitCode);
        }
        case OBEYS -> container.container.awaitLine("ready");
      }
    }
  }

  private void stopContainer() {
    ModelContainer container = mostly(ModelContainer::runs);
    if (container == null) {
      return;
    }
    meet("stop", container);
    boolean asked = container.kind == Kind.OBEYS && random.nextBoolean();
    expect(
        Code.OK,
        "stop " + container.kind + ", " + container.state.name() + (asked ? ", asked" : ", killed"),
        () -> container.container.stop(asked ? PATIENCE.toSeconds() : 0));
    container.ended(asked ? Kind.OBEYS.exitCode : 137);
  }

  private void removeContainer() {
    ModelContainer container = anyContainer(c -> true);
    if (container == null) {
      return;
    }
    meet("remove", container);
    expect(Code.OK, "remove " + container.state.name(), container.container::remove);
    container.pod.containers.remove(container);
    expect(Code.NOT_FOUND, "status of a removed one", container.container::status);
    expect(Code.OK, "remove it again", container.container::remove);
    expect(Code.OK, "stop it when it is removed", () -> container.container.stop(0));
  }

  private void exec() {
    ModelContainer container = mostly(ModelContainer::runs);
    if (container == null) {
      return;
    }
    meet("exec", container);
    expect(
        container.runs() ? Code.OK : Code.FAILED_PRECONDITION,
        "exec in " + container.state.name(),
        () -> {
          var done = container.container.exec("sh", "-c", "echo out; exit 5");
          assertThat(done.getStdout().toStringUtf8()).isEqualTo("out\n");
          assertThat(done.getExitCode()).isEqualTo(5);
        });
  }

  private void update() {
    ModelContainer container = mostly(ModelContainer::runs);
    if (container == null) {
      return;
    }
    meet("update", container);
    long memory = (64 + random.nextInt(64)) * MEBI;
    boolean may = container.state != ContainerState.CONTAINER_EXITED;
    expect(
        may ? Code.OK : Code.FAILED_PRECONDITION,
        "update " + container.state.name(),
        () ->
            node.runtime()
                .updateContainerResources(
                    UpdateContainerResourcesRequest.newBuilder()
                        .setContainerId(container.container.id)
                        .setLinux(
                            LinuxContainerResources.newBuilder().setMemoryLimitInBytes(memory))
                        .build()));
    if (may) {
      container.memory = memory;
      compare(container);
    }
  }

  private void unknowns() {
    TestPod pod = node.pod("unknown");
    pod.id = UNKNOWN;
    var container = new TestContainer(pod, UNKNOWN, ContainerConfig.getDefaultInstance());
    switch (random.nextInt(8)) {
      case 0 -> expect(Code.OK, "stop an unknown pod", pod::stop);
      case 1 -> expect(Code.OK, "remove an unknown pod", pod::remove);
      case 2 -> expect(Code.NOT_FOUND, "status of an unknown pod", pod::status);
      case 3 ->
          expect(
              Code.NOT_FOUND, "create in an unknown pod", () -> pod.create(pod.shell("c", "true")));
      case 4 -> expect(Code.NOT_FOUND, "start an unknown container", container::start);
      case 5 -> expect(Code.OK, "stop an unknown container", () -> container.stop(0));
      case 6 -> expect(Code.INVALID_ARGUMENT, "a negative timeout", () -> container.stop(-1));
      default -> expect(Code.NOT_FOUND, "exec in an unknown one", () -> container.exec("true"));
    }
  }

  private void statistics() {
    expect(
        Code.OK,
        "statistics",
        () -> {
          List<String> running =
              pods.stream()
                  .flatMap(pod -> pod.containers.stream())
                  .filter(ModelContainer::runs)
                  .map(c -> c.container.id)
                  .toList();
          List<ContainerStats> told =
              node.runtime()
                  .listContainerStats(
                      ListContainerStatsRequest.newBuilder()
                          .setFilter(
                              ContainerStatsFilter.newBuilder().putLabelSelector(LABEL, name))
                          .build())
                  .getStatsList();
          assertThat(told)
              .extracting(stats -> stats.getAttributes().getId())
              .containsExactlyInAnyOrderElementsOf(running);
        });
  }

  private void listPods() {
    var filter = PodSandboxFilter.newBuilder().putLabelSelector(LABEL, name);
    Predicate<ModelPod> wanted = pod -> true;
    int way = random.nextInt(3);
    if (way == 1) {
      boolean ready = random.nextBoolean();
      wanted = pod -> pod.ready == ready;
      filter.setState(
          PodSandboxStateValue.newBuilder()
              .setState(ready ? PodSandboxState.SANDBOX_READY : PodSandboxState.SANDBOX_NOTREADY));
    } else if (way == 2 && !pods.isEmpty()) {
      ModelPod one = pick(pods);
      wanted = pod -> pod == one;
      filter.setId(one.pod.id.substring(0, 13 + random.nextInt(50)));
    }
    List<String> ids = pods.stream().filter(wanted).map(pod -> pod.pod.id).toList();
    expect(
        Code.OK,
        "list pods",
        () ->
            assertThat(
                    node.runtime()
                        .listPodSandbox(
                            ListPodSandboxRequest.newBuilder().setFilter(filter).build())
                        .getItemsList())
                .extracting(PodSandbox::getId)
                .containsExactlyInAnyOrderElementsOf(ids));
  }

  private void listContainers() {
    var filter = ContainerFilter.newBuilder().putLabelSelector(LABEL, name);
    Predicate<ModelContainer> wanted = container -> true;
    switch (random.nextInt(4)) {
      case 0 -> {
        ContainerState state =
            pick(
                List.of(
                    ContainerState.CONTAINER_CREATED,
                    ContainerState.CONTAINER_RUNNING,
                    ContainerState.CONTAINER_EXITED));
        wanted = container -> container.state == state;
        filter.setState(ContainerStateValue.newBuilder().setState(state));
      }
      case 1 -> {
        String pod = pods.isEmpty() ? UNKNOWN : pick(pods).pod.id;
        wanted = container -> container.pod.pod.id.equals(pod);
        filter.setPodSandboxId(pod);
      }
      case 2 -> {
        Kind kind = pick(List.of(Kind.values()));
        wanted = container -> container.kind == kind;
        filter.putLabelSelector("kind", kind.name());
      }
      default -> {}
    }
    List<String> ids =
        pods.stream()
            .flatMap(pod -> pod.containers.stream())
            .filter(wanted)
            .map(container -> container.container.id)
            .toList();
    expect(
        Code.OK,
        "list containers",
        () ->
            assertThat(
                    node.runtime()
                        .listContainers(
                            ListContainersRequest.newBuilder().setFilter(filter).build())
                        .getContainersList())
                .extracting(Container::getId)
                .containsExactlyInAnyOrderElementsOf(ids));
  }

  /** Every pod and container must be as the model has it. */
  void compareAll() {
    for (ModelPod pod : pods) {
      expect(
          Code.OK,
          "compare a pod",
          () -> {
            var status =
                node.runtime()
                    .podSandboxStatus(
                        PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod.pod.id).build());
            assertThat(status.getStatus().getState() == PodSandboxState.SANDBOX_READY)
                .isEqualTo(pod.ready);
            assertThat(status.getContainersStatusesList())
                .extracting(ContainerStatus::getId)
                .containsExactlyInAnyOrderElementsOf(
                    pod.containers.stream().map(c -> c.container.id).toList());
          });
      pod.containers.forEach(this::compare);
    }
  }

  private void compare(ModelContainer container) {
    expect(
        Code.OK,
        "compare a container",
        () -> {
          ContainerStatus status = container.container.status();
          assertThat(status.getState()).isEqualTo(container.state);
          if (container.state == ContainerState.CONTAINER_EXITED && container.exitCode >= 0) {
            assertThat(status.getExitCode()).isEqualTo(container.exitCode);
          }
          if (container.memory > 0) {
            assertThat(status.getResources().getLinux().getMemoryLimitInBytes())
                .isEqualTo(container.memory);
          }
        });
  }

  /** Removes all of it, one way or the other. */
  void removeAll() {
    for (ModelPod pod : List.copyOf(pods)) {
      expect(Code.OK, "remove at the end", pod.pod::remove);
      pods.remove(pod);
    }
  }
}
