/** Tests of the parts that make an agent. */
@NullMarked
package dev.gantry.agent.sync;

import org.jspecify.annotations.NullMarked;
