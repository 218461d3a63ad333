/**
 * One worker per pod: what is to be done is computed by a pure function of the pod and its state in
 * the runtime ({@link dev.gantry.agent.worker.PodActions}), done once by {@link
 * dev.gantry.agent.worker.PodSync}, and computed anew after the next event. {@link
 * dev.gantry.agent.worker.PodMachine} is the life of a pod in states, without a thread; {@link
 * dev.gantry.agent.worker.PodWorkers} gives each machine its thread.
 */
@NullMarked
package dev.gantry.agent.worker;

import org.jspecify.annotations.NullMarked;
