/** The node's API. */
@NullMarked
package dev.gantry.agent.http;

import org.jspecify.annotations.NullMarked;
