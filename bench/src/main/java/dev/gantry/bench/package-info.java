/**
 * Benchmarks of whole runtimes: a load driver that runs pods as the kubelet does against any CRI
 * endpoint, the bare floor of the same steps run from a script beside it, memory, and start-up.
 *
 * <p>{@code gantry bench} measures Gantry against the floor on a daemon of its own; {@code gantry
 * bench load} measures whatever CRI endpoints it is given. docs/performance.md has the figures.
 */
@NullMarked
package dev.gantry.bench;

import org.jspecify.annotations.NullMarked;
