/** The runtime as the agent asks it. */
@NullMarked
package dev.gantry.agent.runtime;

import org.jspecify.annotations.NullMarked;
