package dev.gantry.daemon.spec;

import dev.gantry.cri.v1.MountPropagation;
import java.nio.file.Path;

/**
 * A mount of the request with its source resolved on the host.
 *
 * @param source without symbolic links
 */
public record BindMount(
    String destination, Path source, boolean readOnly, MountPropagation propagation) {}
