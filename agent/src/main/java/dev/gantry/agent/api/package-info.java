/**
 * Kubernetes' objects as immutable records. The components of a record are named, ordered and typed
 * as the fields of the Go type with its name: a Go string, slice, map or struct is never null here
 * (absent is empty), a Go pointer may be. What is absent gets the API server's default when the
 * record is made, so that there are no half-defaulted objects. The constants of enums are spelled
 * as the API spells them.
 *
 * <p>{@link dev.gantry.agent.api.Shape} is what the reader, the writer and the copies know about
 * records; {@link dev.gantry.agent.api.Json} writes them as kubectl would show them.
 */
@NullMarked
package dev.gantry.agent.api;

import org.jspecify.annotations.NullMarked;
