package dev.gantry.daemon.cdi;

import dev.gantry.oci.runtime.Hook;
import dev.gantry.oci.runtime.Mount;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a CDI file changes of a specification.
 *
 * @param env {@code NAME=value}
 * @param additionalGids groups of the process, without 0
 */
record ContainerEdits(
    List<String> env,
    List<DeviceNode> devices,
    List<Mount> mounts,
    List<NamedHook> hooks,
    List<Long> additionalGids) {
  /** No change. */
  static final ContainerEdits NONE =
      new ContainerEdits(List.of(), List.of(), List.of(), List.of(), List.of());

  /**
   * A device node.
   *
   * @param path in the container
   * @param hostPath where the node's missing facts are looked up
   * @param type of mknod: {@code b}, {@code c}, {@code u} or {@code p}; empty to look it up
   * @param permissions of the device cgroup, empty for none
   */
  record DeviceNode(
      String path,
      String hostPath,
      String type,
      long major,
      long minor,
      Optional<Integer> fileMode,
      String permissions,
      Optional<Long> uid,
      Optional<Long> gid) {}

  /** A hook and when it is called. */
  record NamedHook(Point point, Hook hook) {}

  /** When a hook is called, by the names of the runtime specification. */
  enum Point {
    PRESTART("prestart"),
    CREATE_RUNTIME("createRuntime"),
    CREATE_CONTAINER("createContainer"),
    START_CONTAINER("startContainer"),
    POSTSTART("poststart"),
    POSTSTOP("poststop");

    private final String text;

    Point(String text) {
      this.text = text;
    }

    static Optional<Point> of(String text) {
      return Stream.of(values()).filter(point -> point.text.equals(text)).findFirst();
    }
  }

  ContainerEdits {
    env = List.copyOf(env);
    devices = List.copyOf(devices);
    mounts = List.copyOf(mounts);
    hooks = List.copyOf(hooks);
    additionalGids = List.copyOf(additionalGids);
  }
}
