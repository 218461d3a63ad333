/**
 * What Prometheus may ask the daemon for. Nothing of it is loaded unless {@code metrics.address} is
 * set: then {@link dev.gantry.daemon.metrics.Metrics} counts and {@link
 * dev.gantry.daemon.metrics.MetricsServer} answers.
 */
@NullMarked
package dev.gantry.daemon.metrics;

import org.jspecify.annotations.NullMarked;
