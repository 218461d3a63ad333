package dev.gantry.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodPhase;
import dev.gantry.agent.api.Quantity;
import dev.gantry.agent.manifest.ManifestException;
import dev.gantry.agent.source.ObjectKey;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a pod's specification asks for, as its containers see it. */
interface SpecCases {
  World world();

  @Test
  default void whoTakesTooMuchMemoryIsSaidToHaveDoneSo() {
    Pod pod = world().pods.await("out-of-memory", p -> p.status().phase() == PodPhase.Failed);
    assertThat(LifeCases.end(pod, "main").reason()).isEqualTo("OOMKilled");
    assertThat(LifeCases.end(pod, "main").exitCode()).isEqualTo(137);
  }

  @Test
  default void aContainerWaitsForItsConfiguration() throws Exception {
    Pod pod =
        world()
            .pods
            .await("no-config", p -> LifeCases.waits(p, "main", "CreateContainerConfigError"));
    assertThat(Objects.requireNonNull(PodWatch.status(pod, "main").state().waiting()).message())
        .isEqualTo("configmap \"late-config\" not found");
    world().apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: late-config}\ndata: {A: b}\n");
    world().pods.await("no-config", LifeCases::running);
    assertThat(world().cri.exec("no-config", "main", "sh", "-c", "echo $A")).isEqualTo("b\n");
  }

  @Test
  default void whatIsMountedFollowsWhatIsDeclared() throws Exception {
    world().pods.await("mounted", LifeCases::running);
    String all = "cat /settings/mode /keys/token /all/settings/mode /all/token /all/tier /one-file";
    assertThat(world().cri.exec("mounted", "main", "sh", "-c", all))
        .isEqualTo("slowhushslowhushfrontslow");
    assertThat(world().cri.exec("mounted", "main", "df", "/memory"))
        .contains("1024")
        .contains("tmpfs");
    String before = world().cri.exec("mounted", "main", "readlink", "/settings/..data");
    world()
        .apply(
            """
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: live-settings}
            data: {mode: fast}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {name: live-keys}
            stringData: {token: shout}
            """);
    // A mount by sub-path keeps what it had.
    world()
        .pods
        .await(
            "the new values are there",
            () ->
                world()
                    .cri
                    .exec("mounted", "main", "sh", "-c", all)
                    .equals("fastshoutfastshoutfrontslow"),
            () -> world().cri.exec("mounted", "main", "sh", "-c", all));
    assertThat(world().cri.exec("mounted", "main", "readlink", "/settings/..data"))
        .isNotEqualTo(before);
    assertThat(PodWatch.status(world().pods.pod("mounted"), "main").restartCount()).isZero();
  }

  @Test
  default void theEnvironmentIsAsDeclared() throws IOException {
    Pod pod = world().pods.await("environment", p -> p.status().phase() == PodPhase.Succeeded);
    assertThat(world().pods.log(pod, "main").lines())
        .contains(
            "PLAIN=plain",
            "MODE=slow",
            "TOKEN=hush",
            "GREETING=hi hush",
            "FROM_mode=slow",
            "FROM_greeting=hello",
            "POD=environment",
            "TIER=front",
            "NODE=test-node",
            "MEMORY=64",
            "ARGS=hi hush $(GREETING) $(NOT_THERE)",
            "host-of-mine.group.default.svc.cluster.local",
            "10.1.2.3\tfar.example");
    assertThat(world().pods.log(pod, "main")).contains("\nIP=" + pod.status().podIP() + "\n");
  }

  @Test
  default void aPortOfTheHostLeadsToItsPod() throws IOException {
    world().pods.await("host-port", LifeCases::running);
    var address = URI.create("http://127.0.0.1:" + world().word("HOST_PORT") + "/").toURL();
    world()
        .pods
        .await(
            "the page is there",
            () -> {
              try (InputStream in = address.openStream()) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8).equals("the page\n");
              } catch (java.net.ConnectException e) {
                return false; // its server is just starting
              }
            },
            world().agent::log);
  }

  @Test
  default void aSharedPidNamespaceShowsTheNeighbours() {
    world().pods.await("shared-pids", LifeCases::running);
    assertThat(world().cri.exec("shared-pids", "two", "ps", "-o", "args"))
        .contains("the-neighbour");
  }

  @Test
  default void aRuntimeClassBringsItsOverheadIntoThePodsCgroup() throws Exception {
    Pod pod = world().pods.await("classy", LifeCases::running);
    assertThat(pod.spec().nodeSelector()).containsEntry("disk", "ssd");
    assertThat(world().memoryLimit(pod, "burstable/")).isEqualTo(Long.toString((64L + 32) << 20));
    String cheater =
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: cheater}
        spec:
          runtimeClassName: special
          overhead: {memory: 1Mi}
          containers: [{name: main, image: "${IMAGE}"}]
        """;
    assertThatThrownBy(() -> world().offer(cheater))
        .isInstanceOf(ManifestException.class)
        .hasMessageContaining("spec.overhead: Forbidden");
    // What it brought stays, also over a restart of the agent: see RestartCases.
    assertThat(world().node.delete(new ObjectKey("RuntimeClass", "", "special"), Optional.empty()))
        .isTrue();
    hasItsOverhead(world());
  }

  /** The pod whose class is gone. */
  static void hasItsOverhead(World world) throws IOException {
    Pod pod = world.pods.pod("classy");
    assertThat(pod.spec().runtimeClassName()).isEqualTo("special");
    assertThat(pod.spec().overhead()).containsEntry("memory", Quantity.ofBytes(32L << 20));
    assertThat(world.memoryLimit(pod, "burstable/")).isEqualTo(Long.toString((64L + 32) << 20));
  }
}
