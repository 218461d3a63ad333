package dev.gantry.daemon.spec;

import dev.gantry.cri.v1.MountPropagation;
import java.nio.file.Path;

/**
 * A mount of the request with its source resolved on the host.
 *
 * @param source without symbolic links
 * @param recursive whether read-only holds for mounts below the source, too
 */
public record BindMount(
    String destination,
    Path source,
    boolean readOnly,
    boolean recursive,
    MountPropagation propagation) {}
