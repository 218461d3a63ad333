/** Decompression by the system's fast library, reached through FFM. */
@NullMarked
package dev.gantry.linux.compress;

import org.jspecify.annotations.NullMarked;
