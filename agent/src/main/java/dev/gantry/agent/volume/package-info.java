/**
 * What pods mount, on disk: volumes are made below the pod's directory, updated atomically and
 * taken down with it; sub-paths are resolved beneath their volume and pinned by a bind mount.
 */
@NullMarked
package dev.gantry.agent.volume;

import org.jspecify.annotations.NullMarked;
