/** Images of containers: whether one is to be pulled, as whom, and when again after a failure. */
@NullMarked
package dev.gantry.agent.image;

import org.jspecify.annotations.NullMarked;
