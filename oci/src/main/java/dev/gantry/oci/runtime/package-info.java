/**
 * The runtime specification's {@code config.json} as records, and the defaults that container
 * runtimes share: the seccomp profile and the capabilities.
 *
 * <p>The records follow <a
 * href="https://github.com/opencontainers/runtime-spec/blob/v1.0.2/config.md">runtime-spec
 * 1.0.2</a>; property names, units and meaning are those of that document.
 */
@NullMarked
package dev.gantry.oci.runtime;

import org.jspecify.annotations.NullMarked;
