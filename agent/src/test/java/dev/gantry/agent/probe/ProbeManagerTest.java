package dev.gantry.agent.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.agent.api.Pod;
import dev.gantry.agent.pleg.PodCache;
import dev.gantry.agent.runtime.ContainerPhase;
import dev.gantry.agent.runtime.PodRuntime;
import dev.gantry.agent.runtime.PodSnapshot;
import dev.gantry.agent.runtime.RuntimeContainer;
import dev.gantry.agent.source.EventLog;
import dev.gantry.agent.status.EventRecorder;
import dev.gantry.agent.worker.TestPods;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a container's state alone says to its probes. */
final class ProbeManagerTest {
  private static final String ID = "id-app";

  @TempDir private Path directory;

  private final AtomicInteger hours = new AtomicInteger();

  /** A long time goes by between two looks at it: the agent has not just begun. */
  private final InstantSource clock =
      () -> Instant.EPOCH.plus(Duration.ofHours(hours.incrementAndGet()));

  private final Pod pod =
      TestPods.of(
          """
          containers:
          - name: app
            image: i
            startupProbe: {exec: {command: [x]}, periodSeconds: 1}
            livenessProbe: {exec: {command: [x]}, periodSeconds: 1}
          """);
  private final ProbeResults results = new ProbeResults();
  private final PodCache cache = new PodCache(runtime());
  private volatile ContainerPhase phase = ContainerPhase.CREATED;
  private ProbeManager probes;

  /** One that can only be looked at. */
  private PodRuntime runtime() {
    return (PodRuntime)
        Proxy.newProxyInstance(
            PodRuntime.class.getClassLoader(),
            new Class<?>[] {PodRuntime.class},
            (proxy, method, arguments) -> {
              assertThat(method.getName()).isEqualTo("inspect");
              return snapshot();
            });
  }

  private PodSnapshot snapshot() {
    Instant now = clock.instant();
    var container =
        new RuntimeContainer(
            ID, "s", "app", phase, now, now, now, 0, "", "", "i", "i", "", Map.of(), Map.of());
    var sandbox = new PodSnapshot.Sandbox("s", true, 0, now, List.of("10.0.0.2"), false);
    return new PodSnapshot(pod.metadata().uid(), now, List.of(sandbox), List.of(container));
  }

  @BeforeEach
  void begin() throws IOException {
    var events = new EventRecorder(clock, "node", new EventLog(directory.resolve("events")));
    probes = new ProbeManager(runtime(), cache, results, events, uid -> {}, List.of(), clock);
  }

  @AfterEach
  void end() {
    probes.close();
  }

  private void see(ContainerPhase now) {
    phase = now;
    cache.refresh(pod.metadata().uid());
    for (ProbeKind kind : List.of(ProbeKind.STARTUP, ProbeKind.LIVENESS)) {
      probes.hurry(pod.metadata().uid(), "app", kind);
    }
  }

  private boolean failed() {
    return results.failed(ID, ProbeKind.STARTUP) || results.failed(ID, ProbeKind.LIVENESS);
  }

  /** Or it would be killed as soon as it ran, without ever having been asked. */
  @Test
  void whatHasNotBeenStartedHasNotFailed() {
    see(ContainerPhase.CREATED);
    probes.add(pod);
    see(ContainerPhase.CREATED);
    await().during(Duration.ofMillis(300)).until(() -> !failed());

    see(ContainerPhase.EXITED);
    await()
        .until(
            () -> results.failed(ID, ProbeKind.STARTUP) && results.failed(ID, ProbeKind.LIVENESS));
  }
}
