/**
 * The pod life-cycle event generator: compares what the runtime has with what it had, by a list of
 * everything from time to time and, where the runtime tells of changes, by a look at the pod that
 * it told of. An event of the runtime is a hint of when to look, never what to believe, so events
 * that come late, twice or out of order do no harm.
 */
@NullMarked
package dev.gantry.agent.pleg;

import org.jspecify.annotations.NullMarked;
