package dev.gantry.daemon.spec;

import dev.gantry.cri.v1.MountPropagation;
import java.nio.file.Path;
import java.util.List;

/**
 * A mount of the request with its source resolved on the host.
 *
 * @param source without symbolic links
 * @param recursive whether read-only holds for mounts below the source, too
 * @param options more options of mount(8), such as {@code noexec}
 */
public record BindMount(
    String destination,
    Path source,
    boolean readOnly,
    boolean recursive,
    MountPropagation propagation,
    List<String> options) {
  public BindMount {
    options = List.copyOf(options);
  }

  /** The same mount of another place. */
  public BindMount withSource(Path other) {
    return new BindMount(destination, other, readOnly, recursive, propagation, options);
  }
}
