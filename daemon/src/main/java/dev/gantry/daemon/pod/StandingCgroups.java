package dev.gantry.daemon.pod;

import dev.gantry.daemon.log.Event;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/**
 * The cgroups that belong to no pod: the parent of pods that name none, and the monitors'. A daemon
 * that ends leaves them to its pods and to other daemons, and removes them when they are empty.
 *
 * @param podsParent path below the hierarchies' roots
 * @param monitors path below the hierarchies' roots
 */
public record StandingCgroups(CgroupHost host, String podsParent, String monitors)
    implements AutoCloseable {

  @Override
  public void close() {
    removeEmpty(host, podsParent);
    removeEmpty(host, monitors);
  }

  /** Removes a cgroup from every hierarchy in which it holds no process and no other cgroup. */
  static void removeEmpty(CgroupHost host, String path) {
    Set<Path> directories = new HashSet<>(Cgroup.of(host, path).directories());
    Path unified = host.unified();
    if (unified != null) {
      directories.add(unified.resolve(path.substring(1)));
    }
    for (Path directory : directories) {
      try {
        Files.deleteIfExists(directory);
      } catch (IOException e) {
        Event.debug("cgroup still in use").with("cgroup", directory).because(e).log();
      }
    }
  }
}
