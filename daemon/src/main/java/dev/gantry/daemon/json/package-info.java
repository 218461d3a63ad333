/** Writes the small JSON objects of verbose answers. */
@NullMarked
package dev.gantry.daemon.json;

import org.jspecify.annotations.NullMarked;
