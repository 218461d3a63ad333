package dev.gantry.cli.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.Event;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodStatus;
import dev.gantry.agent.manifest.ManifestException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** What is killed comes back as it was declared; these cases come after all others. */
interface RestartCases {
  int AFTER_ALL_OTHERS = Integer.MAX_VALUE - 10;

  World world();

  private Map<String, ContainerStatus> steady() {
    Map<String, ContainerStatus> all = new TreeMap<>();
    for (Pod pod : world().node.pods()) {
      for (ContainerStatus status : pod.status().containerStatuses()) {
        if (status.state().running() != null && status.ready()) {
          all.put(pod.metadata().name() + "/" + status.name(), status);
        }
      }
    }
    return all;
  }

  private List<String> events() {
    return world().node.events().stream()
        .filter(e -> !e.involvedObject().name().equals("static"))
        .filter(e -> e.type().equals("Normal"))
        .map(RestartCases::line)
        .toList();
  }

  private static String line(Event event) {
    return event.involvedObject().name() + " " + event.reason() + " " + event.message();
  }

  /** The seconds that {@code back-off 1m20s restarting failed container} speaks of. */
  private static int backoff(Pod pod) {
    var waiting = Objects.requireNonNull(PodWatch.status(pod, "main").state().waiting());
    String[] parts = waiting.message().split(" ", 3)[1].replace("s", "").split("m", -1);
    return parts.length == 1
        ? Integer.parseInt(parts[0])
        : 60 * Integer.parseInt(parts[0]) + Integer.parseInt(parts[1]);
  }

  @Test
  @Order(AFTER_ALL_OTHERS)
  default void aRestartOfTheAgentDisturbsNothing() throws IOException {
    world().pods.await("static", LifeCases::running);
    world().pods.await("steady-one", p -> ProbeCases.condition(p, "Ready"));
    Pod crash =
        world()
            .pods
            .await("crash", p -> LifeCases.waits(p, "main", "CrashLoopBackOff") && backoff(p) > 10);
    Map<String, ContainerStatus> before = steady();
    assertThat(before).containsKeys("steady-one/main", "steady-two/main", "mounted/main");
    before.remove("static/main");
    List<String> events = events();
    assertThat(events).isNotEmpty();
    world().agent.kill();
    List<String> running = world().cri.running();
    world().removeFile("static");
    world().agent.start();
    assertThat(events()).containsAll(events);
    world().pods.awaitGone("static");
    // The new agent asks whether they are ready before it says so.
    await().until(() -> steady().keySet().containsAll(before.keySet()));
    Map<String, ContainerStatus> after = steady();
    before.forEach((name, status) -> {
      ContainerStatus now = Objects.requireNonNull(after.get(name), name + " is not ready");
      assertThat(now.containerID()).as(name).isEqualTo(status.containerID());
      assertThat(now.restartCount()).as(name).isEqualTo(status.restartCount());
      assertThat(now.state().running()).as(name).isEqualTo(status.state().running());
    });
    assertThat(running).contains("static/main");
    SpecCases.hasItsOverhead(world());
    // Had back-off been forgotten, it would begin anew.
    Pod again = world().pods.await("crash", p -> LifeCases.waits(p, "main", "CrashLoopBackOff"));
    assertThat(backoff(again)).isGreaterThanOrEqualTo(backoff(crash)).isGreaterThan(10);
  }

  @Test
  @Order(AFTER_ALL_OTHERS + 1)
  default void whatNoRecordTellsOfIsEnded() throws Exception {
    world().declareFile("lost", extraPod("lost"));
    Pod lost = world().pods.await("lost", LifeCases::running);
    world().agent.kill();
    world().removeFile("lost");
    world().agent.loseRecord(lost.metadata().uid());
    assertThat(world().cri.running()).contains("lost/main");
    world().agent.start();
    assertThat(world().pods.find("lost")).isEmpty();
    world()
        .pods
        .await(
            "nothing of it is left",
            () ->
                world().cri.names().stream().noneMatch(n -> n.startsWith("lost/"))
                    && !world().agent.hasVolumes(lost.metadata().uid()),
            world().agent::log);
  }

  @Test
  @Order(AFTER_ALL_OTHERS + 2)
  default void whateverIsKilledComesBack() throws Exception {
    long seed = Long.getLong("gantry.e2e.seed", System.nanoTime());
    int rounds = Boolean.getBoolean("gantry.soak") ? 30 : 1;
    Random random = new Random(seed);
    Map<String, Integer> kills = new TreeMap<>();
    for (int i = 0; i < rounds; i++) {
      // The first time, everything there is.
      disturb(random, i == 0 ? 1 : 3, kills);
      settle("round " + i + " of seed " + seed);
      renew();
    }
    System.out.println("Killed in " + rounds + " rounds of seed " + seed + ": " + kills);
  }

  private void disturb(Random random, int oneOf, Map<String, Integer> kills) throws IOException {
    String mark = world().word("MARK");
    List<String> words = new ArrayList<>(List.of(mark + "-one", mark + "-two", mark + "-side"));
    boolean agent = random.nextInt(oneOf) == 0;
    boolean runtime = random.nextInt(oneOf) == 0;
    if (agent) {
      world().agent.kill();
      kills.merge("agent", 1, Integer::sum);
    }
    if (runtime) {
      world().runtime.kill();
      kills.merge("runtime", 1, Integer::sum);
    }
    for (String word : words) {
      // It is not there while it waits for its next start.
      if (random.nextInt(oneOf) == 0 && Processes.killByWord(word)) {
        kills.merge("container", 1, Integer::sum);
      }
    }
    String extra = "extra-" + random.nextInt(2);
    if (world().declared(extra)) {
      world().removeFile(extra);
    } else {
      world().declareFile(extra, extraPod(extra));
    }
    if (runtime) {
      world().runtime.start();
    }
    if (agent) {
      world().agent.start();
    }
  }

  private String diagnosis(List<String> wanted) {
    StringBuilder text = new StringBuilder();
    wanted.stream()
        .map(c -> c.substring(0, c.indexOf('/')))
        .distinct()
        .forEach(pod -> text.append(pod).append(":\n").append(world().pods.describe(pod)));
    return text.append(world().runtime.log()).toString();
  }

  /** Whoever has been killed often would soon wait for minutes. */
  private void renew() throws IOException, ManifestException {
    for (String name : List.of("steady-one", "steady-two")) {
      PodStatus status = world().pods.pod(name).status();
      if (Stream.of(status.containerStatuses(), status.initContainerStatuses())
          .flatMap(List::stream)
          .anyMatch(s -> s.restartCount() > 1)) {
        world().pods.deleteAndAwaitGone(name, Optional.of(Duration.ZERO));
        world().apply(world().text("steady.yaml"));
      }
    }
  }

  private static String extraPod(String name) {
    return """
    apiVersion: v1
    kind: Pod
    metadata: {name: %s}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: main, image: "${IMAGE}", command: [sleep, "3600"]}]
    """
        .formatted(name);
  }

  /** Everything that was declared runs, once, and nothing else of these pods does. */
  private void settle(String when) throws IOException {
    List<String> wanted =
        new ArrayList<>(List.of("steady-one/main", "steady-two/main", "steady-two/side"));
    for (String extra : List.of("extra-0", "extra-1")) {
      if (world().declared(extra)) {
        wanted.add(extra + "/main");
      }
    }
    wanted.sort(null);
    List<String> is = new ArrayList<>();
    world()
        .pods
        .await(
            "all that is declared runs, " + when,
            () -> {
              is.clear();
              world().cri.running().stream()
                  .filter(c -> c.startsWith("steady-") || c.startsWith("extra-"))
                  .forEach(is::add);
              return is.equals(wanted);
            },
            () -> wanted + " but " + is + "\n" + diagnosis(wanted));
    world().pods.await("steady-one", p -> ProbeCases.condition(p, "Ready"));
    world().pods.await("steady-two", p -> ProbeCases.condition(p, "Ready"));
  }
}
