@NullMarked
package dev.gantry.agent.pleg;

import org.jspecify.annotations.NullMarked;
