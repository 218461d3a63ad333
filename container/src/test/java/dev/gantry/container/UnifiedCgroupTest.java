package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What is done differently on cgroup version 2, on a host's version 2 hierarchy, whichever other
 * hierarchies it has besides.
 */
@NullUnmarked // what is null fails the test
class UnifiedCgroupTest {
  private TestHost host;
  private CgroupHost unified;
  private ConmonRuntime runtime;

  @BeforeEach
  void begin() throws IOException {
    host = new TestHost("runc");
    unified = CgroupHost.v2At(host.cgroups.unified());
    RuntimeConfig config = host.config.withMonitorsCgroup(host.cgroupParent + "/monitors2");
    runtime = new ConmonRuntime(config, host.runtime.info(), unified);
  }

  @AfterEach
  void leaveNothing() throws IOException {
    runtime.close();
    host.close();
    assertThat(Cgroup.of(unified, host.cgroupParent).exists()).isFalse();
  }

  @Test
  void conmonIsMovedBeforeItStartsAnything() throws Exception {
    TestHost.Container plan = host.container("app", "sleep", "100");
    CreateRequest request = plan.request();
    ContainerRef c = request.made(runtime.create(request));
    try {
      runtime.start(c);

      List<String> groups = Files.readAllLines(Path.of("/proc/" + c.conmon().pid() + "/cgroup"));
      assertThat(groups).contains("0::" + host.cgroupParent + "/monitors2");
      ExecOutcome late =
          runtime.execSync(
              c, TestHost.exec(Duration.ofMillis(500), "sh", "-c", "setsid sleep 906 & sleep 907"));
      assertThat(late.timedOut()).isTrue();
      assertThat(Cgroup.of(unified, c.cgroupPath()).pids()).containsExactly(c.init().pid());

      runtime.killAll(c);
      assertThat(Cgroup.of(unified, c.cgroupPath()).pids()).isEmpty();
      // The kernel takes a process out of its group a moment before it is dead.
      await().until(() -> !c.init().alive());
    } finally {
      runtime.delete(c);
      host.runtime.delete(c);
    }
  }
}
