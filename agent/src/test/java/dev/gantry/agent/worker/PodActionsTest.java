package dev.gantry.agent.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.podspec.PodConfigs;
import dev.gantry.agent.probe.ProbeKind;
import dev.gantry.agent.probe.ProbeResults;
import dev.gantry.agent.probe.Verdict;
import dev.gantry.agent.runtime.ContainerPhase;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.runtime.RuntimeContainer;
import dev.gantry.agent.runtime.RuntimeLabels;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is to be done, for the states that a pod comes through. */
final class PodActionsTest {
  private static final String INIT_SIDECAR_APP =
      """
      initContainers:
      - {name: first, image: i}
      - {name: side, image: i, restartPolicy: Always}
      containers:
      - {name: app, image: i}
      """;

  private final ProbeResults probes = new ProbeResults();

  private static RuntimeContainer is(Pod pod, String name, ContainerPhase phase, int exit) {
    Container container = ContainerPaths.find(pod, name).orElseThrow();
    return new RuntimeContainer(
        "id-" + name,
        "s",
        name,
        phase,
        Instant.EPOCH,
        Instant.EPOCH,
        Instant.EPOCH,
        exit,
        "",
        "",
        "i",
        "i",
        "",
        Map.of(RuntimeLabels.SPEC_HASH, PodConfigs.hash(container)),
        Map.of());
  }

  private static PodSnapshot with(RuntimeContainer... containers) {
    var sandbox = new PodSnapshot.Sandbox("s", true, 0, Instant.EPOCH, List.of("10.0.0.2"), false);
    return new PodSnapshot("uid", Instant.EPOCH, List.of(sandbox), List.of(containers));
  }

  private PodActions compute(Pod pod, PodSnapshot snapshot) {
    return PodActions.compute(pod, snapshot, probes);
  }

  private static List<String> names(List<Container> containers) {
    return containers.stream().map(Container::name).toList();
  }

  @Test
  void aNewPodBeginsWithItsSandboxAndFirstInitContainer() {
    Pod pod = TestPods.of(INIT_SIDECAR_APP);
    PodActions actions = compute(pod, PodSnapshot.none("uid", Instant.EPOCH));
    assertThat(actions.createSandbox()).isTrue();
    assertThat(names(actions.init())).containsExactly("first");
    assertThat(actions.containers()).isEmpty();
  }

  @Test
  void initContainersSidecarsAndContainersFollowEachOther() {
    Pod pod = TestPods.of(INIT_SIDECAR_APP);
    var first = is(pod, "first", ContainerPhase.EXITED, 0);
    assertThat(names(compute(pod, with(first)).init())).containsExactly("side");
    var side = is(pod, "side", ContainerPhase.RUNNING, 0);
    PodActions actions = compute(pod, with(side, first));
    assertThat(actions.init()).isEmpty();
    assertThat(names(actions.containers())).containsExactly("app");
    var app = is(pod, "app", ContainerPhase.RUNNING, 0);
    assertThat(compute(pod, with(app, side, first)).none()).isTrue();
  }

  @Test
  void aFailedInitContainerOfAPodThatDoesNotRestartEndsIt() {
    Pod pod = TestPods.of("restartPolicy: Never\n" + INIT_SIDECAR_APP);
    PodActions actions = compute(pod, with(is(pod, "first", ContainerPhase.EXITED, 1)));
    assertThat(actions.killPod()).isTrue();
    assertThat(actions.createSandbox()).isFalse();
  }

  @Test
  void aSidecarIsStartedAgainThoughItsPodIsNot() {
    Pod pod = TestPods.of("restartPolicy: Never\n" + INIT_SIDECAR_APP);
    var first = is(pod, "first", ContainerPhase.EXITED, 0);
    var side = is(pod, "side", ContainerPhase.EXITED, 1);
    var app = is(pod, "app", ContainerPhase.RUNNING, 0);
    assertThat(names(compute(pod, with(app, side, first)).init())).containsExactly("side");
  }

  @Test
  void aPodWhoseContainersAreDoneEndsAndItsSidecarsWithIt() {
    Pod pod = TestPods.of("restartPolicy: OnFailure\n" + INIT_SIDECAR_APP);
    var first = is(pod, "first", ContainerPhase.EXITED, 0);
    var side = is(pod, "side", ContainerPhase.RUNNING, 0);
    var app = is(pod, "app", ContainerPhase.EXITED, 0);
    PodActions actions = compute(pod, with(app, side, first));
    assertThat(actions.killPod()).isTrue();
    assertThat(actions.init()).isEmpty();
  }

  @Test
  void aContainerThatFailsItsLivenessProbeIsEndedAndStartedAgain() {
    Pod pod = TestPods.of("containers:\n- {name: app, image: i}\n");
    probes.set("id-app", ProbeKind.LIVENESS, Verdict.FAILURE);
    PodActions actions = compute(pod, with(is(pod, "app", ContainerPhase.RUNNING, 0)));
    assertThat(actions.kill())
        .extracting(Kill::message)
        .containsExactly("Container app failed liveness probe, will be restarted");
    assertThat(names(actions.containers())).containsExactly("app");
    assertThat(actions.killPod()).isFalse();
  }

  @Test
  void anotherImageEndsTheContainer() {
    Pod pod = TestPods.of("restartPolicy: Never\ncontainers:\n- {name: app, image: i}\n");
    var app = is(pod, "app", ContainerPhase.RUNNING, 0);
    Pod other = TestPods.of("restartPolicy: Never\ncontainers:\n- {name: app, image: j}\n");
    PodActions actions = compute(other, with(app));
    assertThat(actions.kill()).extracting(Kill::cause).containsExactly(Kill.Cause.CHANGED);
    assertThat(names(actions.containers())).containsExactly("app");
  }

  @Test
  void aRuleOfTheContainerComesBeforeThePolicy() {
    Pod pod =
        TestPods.of(
            """
            restartPolicy: Never
            containers:
            - name: app
              image: i
              restartPolicy: Never
              restartPolicyRules:
              - action: Restart
                exitCodes: {operator: In, values: [42]}
            """);
    assertThat(names(compute(pod, with(is(pod, "app", ContainerPhase.EXITED, 42))).containers()))
        .containsExactly("app");
    assertThat(compute(pod, with(is(pod, "app", ContainerPhase.EXITED, 1))).killPod()).isTrue();
  }

  @Test
  void aLostSandboxIsMadeAnewAndAPodThatWasDoneIsNot() {
    Pod pod = TestPods.of("containers:\n- {name: app, image: i}\n");
    var lost = new PodSnapshot.Sandbox("s", false, 0, Instant.EPOCH, List.of(), false);
    var app = is(pod, "app", ContainerPhase.EXITED, 255);
    var snapshot = new PodSnapshot("uid", Instant.EPOCH, List.of(lost), List.of(app));
    PodActions actions = compute(pod, snapshot);
    assertThat(actions.createSandbox()).isTrue();
    assertThat(actions.attempt()).isEqualTo(1);
    Pod never = TestPods.of("restartPolicy: Never\ncontainers:\n- {name: app, image: i}\n");
    assertThat(compute(never, snapshot).createSandbox()).isFalse();
    assertThat(compute(never, snapshot).killPod()).isTrue();
  }
}
