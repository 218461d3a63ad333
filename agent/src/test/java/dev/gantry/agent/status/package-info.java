/** Tests of what is shown of pods. */
@NullMarked
package dev.gantry.agent.status;

import org.jspecify.annotations.NullMarked;
