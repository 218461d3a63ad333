package dev.gantry.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.linux.cgroup.CgroupHost;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a directory that stands for the hierarchy of version 2. */
class ExitFilesTest {
  @TempDir Path dir;

  @Test
  void theCgroupsCountIsBelievedBeforeTheMonitorsNote() throws Exception {
    var files = new ExitFiles(CgroupHost.v2At(dir.resolve("cgroup")));
    var container = new ContainerRef("app", dir, dir, dir, null, "/pod/app", null, null, false);
    assertThat(files.oomKilled(container, 137)).isFalse();
    Path note = Files.createFile(dir.resolve("oom"));
    assertThat(files.oomKilled(container, 137)).isTrue();
    Path events = Files.createDirectories(dir.resolve("cgroup/pod/app")).resolve("memory.events");
    Files.writeString(events, "oom 1\noom_kill 0\n");
    assertThat(files.oomKilled(container, 137)).isFalse();
    Files.writeString(events, "oom 1\noom_kill 1\n");
    assertThat(files.oomKilled(container, 0)).isTrue();
    Files.delete(note);
    assertThat(files.oomKilled(container, 137)).isTrue();
    assertThat(files.oomKilled(container, 0)).isFalse();
  }
}
