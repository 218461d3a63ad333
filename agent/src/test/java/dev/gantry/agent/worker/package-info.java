@NullMarked
package dev.gantry.agent.worker;

import org.jspecify.annotations.NullMarked;
