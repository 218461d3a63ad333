package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.container.RuntimeFailure.Kind;
import dev.gantry.linux.cgroup.CgroupHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuestControlTest {
  @TempDir Path dir;

  @Test
  void aSandboxThatHangsIsToldFromOneThatRefuses() throws Exception {
    Path runsc = Files.writeString(dir.resolve("runsc"), "#!/bin/sh\nexec sleep 600\n");
    Files.setPosixFilePermissions(runsc, PosixFilePermissions.fromString("rwx------"));
    var config =
        RuntimeConfig.of(
            "runsc",
            runsc,
            TestHost.program("conmon"),
            dir.resolve("root"),
            dir.resolve("sockets"));
    var container =
        new ContainerRef("app", dir, dir, dir, null, "/no-such-group/app", null, null, false);
    try (var cli = new RuntimeCli(config, RuntimeFlavor.RUNSC)) {
      var guests = new GuestControl(config, CgroupHost.detect(), cli);
      assertThatThrownBy(() -> guests.usage(container))
          .isInstanceOfSatisfying(
              RuntimeFailure.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMED_OUT))
          .hasMessageContainingAll("app", "did not answer");
      Files.writeString(runsc, "#!/bin/sh\necho no such container >&2; exit 1\n");
      assertThatThrownBy(() -> guests.usage(container))
          .isInstanceOfSatisfying(
              RuntimeFailure.class, e -> assertThat(e.kind()).isEqualTo(Kind.NOT_RUNNING));
    }
  }
}
