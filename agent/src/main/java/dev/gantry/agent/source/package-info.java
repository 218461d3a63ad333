/**
 * Where pods come from, and what is kept of them on disk: manifests in a directory, objects that
 * were applied, and the pods themselves as they were admitted, with their status.
 */
@NullMarked
package dev.gantry.agent.source;

import org.jspecify.annotations.NullMarked;
