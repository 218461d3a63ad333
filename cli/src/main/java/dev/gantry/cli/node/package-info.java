/**
 * The node as a process, daemon and agent in one JVM, and the way to one that runs. What only
 * {@code gantry node} loads is kept apart from what every command of pods does.
 */
@NullMarked
package dev.gantry.cli.node;

import org.jspecify.annotations.NullMarked;
