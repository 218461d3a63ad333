package dev.gantry.container;

import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.LinuxResources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Changes the limits of a container by the runtime's own {@code update}, which knows both cgroup
 * versions, systemd, and in which order the kernel takes memory and swap.
 */
final class ContainerUpdate {
  private static final String FILE = "resources.json";

  private final RuntimeCli cli;
  private final Cgroup group;
  private final ContainerRef container;

  ContainerUpdate(RuntimeCli cli, Cgroup group, ContainerRef container) {
    this.cli = cli;
    this.group = group;
    this.container = container;
  }

  void run(LinuxResources resources, @Nullable Integer oomScoreAdj) throws RuntimeFailure {
    String what = "update container " + container.id();
    Path file = container.bundle().resolve(FILE);
    try {
      PrivateFiles.write(file, OciJson.toJson(resources));
      try {
        cli.must(what, "update", "--resources", file.toString(), container.id());
      } finally {
        Files.deleteIfExists(file);
      }
      if (oomScoreAdj != null) {
        oomScoreAdj(oomScoreAdj);
      }
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    }
  }

  /** A property of processes, not of the cgroup; children inherit it. */
  private void oomScoreAdj(int value) throws IOException {
    for (int pid : group.pids()) {
      try {
        Files.writeString(Path.of("/proc", Integer.toString(pid), "oom_score_adj"), "" + value);
      } catch (NoSuchFileException ended) {
        // It needs none any more.
      }
    }
  }
}
