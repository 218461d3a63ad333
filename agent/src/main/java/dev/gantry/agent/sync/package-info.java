/**
 * The agent itself: what is wanted, compared with what is known, becomes a wish for each pod's
 * worker. One loop is fed by four sources: changed manifests and objects, events of pods, a
 * periodic look at everything, and housekeeping.
 */
@NullMarked
package dev.gantry.agent.sync;

import org.jspecify.annotations.NullMarked;
