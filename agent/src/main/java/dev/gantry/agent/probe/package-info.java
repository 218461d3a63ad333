/**
 * Liveness, readiness and startup probes: what is asked, how often, and what the answers of a while
 * come to. One thread per probe; everyone else reads the {@link
 * dev.gantry.agent.probe.ProbeResults}.
 */
@NullMarked
package dev.gantry.agent.probe;

import org.jspecify.annotations.NullMarked;
