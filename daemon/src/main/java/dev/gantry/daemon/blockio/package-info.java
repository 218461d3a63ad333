/** Classes of block I/O: weights and throttles that pods choose by name, by an annotation. */
@NullMarked
package dev.gantry.daemon.blockio;

import org.jspecify.annotations.NullMarked;
