package dev.gantry.daemon;

import dev.gantry.daemon.config.DaemonConfig;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.network.BuiltinBridge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Takes a daemon off the machine for good: what {@code gantry run} and {@code gantry demo} do with
 * their private ones in the end. It is for a daemon that has stopped and that nobody will start
 * again; pods that are left are killed.
 */
public final class Remains {
  private Remains() {}

  /**
   * Removes processes, mounts, the built-in bridge, cgroups and directories of a daemon with this
   * configuration; idempotent.
   *
   * @throws IOException naming what does not go away, or the daemon if it still runs
   */
  public static void remove(DaemonConfig config) throws IOException {
    if (Files.isDirectory(config.root())) {
      DaemonLock.take("root", config.root(), config.socket()).close();
    }
    CgroupHost host = CgroupHost.detect();
    for (String path : List.of(config.cgroupParent(), config.monitorsCgroup())) {
      Cgroup cgroup = Cgroup.of(host, path);
      if (cgroup.exists()) {
        cgroup.kill();
        cgroup.delete();
      }
    }
    if (config.network().defaultNetwork()) {
      BuiltinBridge.in(config.state()).remove();
    }
    for (Path directory : List.of(config.state(), config.root())) {
      Mounts.unmountUnder(directory);
      DeleteTree.delete(directory);
    }
  }
}
