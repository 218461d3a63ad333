package dev.gantry.daemon.doctor;

import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupMode;
import dev.gantry.linux.process.Spawn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code gantry doctor --fix} does on a host with cgroup v1 hierarchies beside a v2 one that
 * still owns controllers, which crun refuses: it mounts a v1 hierarchy for each of those.
 */
public final class CgroupCure {
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final int MESSAGE = 4096;

  private CgroupCure() {}

  /**
   * Mounts them, until the next start of the machine; the answer names the controllers.
   *
   * @throws IOException with the words of mount(8), such as when a v2 cgroup uses the controller
   */
  public static List<String> apply() throws IOException {
    CgroupHost host = CgroupHost.detect();
    List<String> mounted = new ArrayList<>();
    if (host.mode() != CgroupMode.HYBRID) {
      return mounted;
    }
    for (String controller : host.unifiedControllers()) {
      Path target = CGROUPS.resolve(controller);
      Files.createDirectories(target);
      Spawn.Result result =
          Spawn.of("mount", "-t", "cgroup", "-o", controller, "cgroup", target.toString())
              .run(DEADLINE, MESSAGE);
      if (result.exit().code() != 0) {
        throw new IOException(controller + ": " + result.stderr().strip());
      }
      mounted.add(controller);
    }
    return mounted;
  }
}
