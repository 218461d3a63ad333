package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.linux.cgroup.CgroupHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a directory that stands for the hierarchy of version 2. */
class InnerCgroupTest {
  private static final String SCOPE = "/pods.slice/gantry-1.scope";

  @TempDir Path dir;

  private String inner(String version, boolean systemd) throws Exception {
    var config =
        new RuntimeConfig(
            "handler",
            Path.of("/bin/true"),
            dir.resolve("root"),
            List.of(),
            Path.of("/bin/true"),
            dir,
            systemd,
            null,
            RuntimeConfig.CREATE_DEADLINE,
            RuntimeConfig.COMMAND_DEADLINE);
    RuntimeInfo info = RuntimeInfo.of(config, version, true, true);
    try (var runtime = new ConmonRuntime(config, info, CgroupHost.v2At(dir))) {
      return runtime.innerCgroup(SCOPE);
    }
  }

  /** Limits that are read from the scope, or written to it, are not the container's. */
  @Test
  void crunHasOneBelowTheScope() throws Exception {
    assertThat(inner("crun version 1.8.1", true)).isEqualTo(SCOPE);
    Files.createDirectories(dir.resolve(SCOPE.substring(1)).resolve("container"));
    assertThat(inner("crun version 1.8.1", true)).isEqualTo(SCOPE + "/container");
    // Made by what runs in the container.
    assertThat(inner("runc version 1.1.5", true)).isEqualTo(SCOPE);
    assertThat(inner("crun version 1.8.1", false)).isEqualTo(SCOPE);
  }
}
