/**
 * The daemon's configuration: {@link dev.gantry.daemon.config.ConfigKeys} lists every key once,
 * {@link dev.gantry.daemon.config.ConfigLoader} reads the TOML file, its {@code conf.d} and the
 * flags, {@link dev.gantry.daemon.config.DaemonConfig} is the checked result.
 */
@NullMarked
package dev.gantry.daemon.config;

import org.jspecify.annotations.NullMarked;
