package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.oci.runtime.LinuxResources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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

  /**
   * crun in a mount namespace where it finds version 2 alone. These two files are there without any
   * controller, which this host may have on version 1.
   */
  @Test
  void filesOfAContainersGroupAreWrittenAndUpdated() throws Exception {
    Path crun =
        Files.writeString(
            host.dir.resolve("crun2"),
            """
            #!/bin/sh
            exec unshare --mount sh -c \
              'mount -t cgroup2 none /sys/fs/cgroup && exec crun "$@"' sh "$@"
            """);
    Files.setPosixFilePermissions(crun, PosixFilePermissions.fromString("rwxr-xr-x"));
    RuntimeConfig config =
        RuntimeConfig.of(
                "crun2", crun, host.config.conmon(), host.dir.resolve("runtimes/crun2"), host.dir)
            .withMonitorsCgroup(host.cgroupParent + "/monitors2");
    RuntimeInfo info = RuntimeInfo.of(config, "crun version 1.8.1", false, false);
    try (var two = new ConmonRuntime(config, info, unified)) {
      TestHost.Container plan = host.container("app", "sleep", "100");
      plan.devices = List.of(); // would be a BPF program, for which crun 1.8.1 raises a limit first
      plan.unified = Map.of("cgroup.max.depth", "5", "cgroup.max.descendants", "6");
      CreateRequest request = plan.request();
      ContainerRef c = request.made(two.create(request));
      try {
        Path files = Cgroup.of(unified, c.cgroupPath()).directories().getFirst();
        assertThat(files.resolve("cgroup.max.depth")).hasContent("5");
        assertThat(files.resolve("cgroup.max.descendants")).hasContent("6");
        two.start(c);

        two.update(
            c,
            LinuxResources.builder().unified(Map.of("cgroup.max.descendants", "max")).build(),
            null);

        assertThat(files.resolve("cgroup.max.depth")).hasContent("5");
        assertThat(files.resolve("cgroup.max.descendants")).hasContent("max");
      } finally {
        two.delete(c);
        host.runtime.delete(c);
      }
    }
  }
}
