/**
 * The CRI runtime as the agent sees it: {@link dev.gantry.agent.runtime.PodRuntime} is what may be
 * asked of it, with {@link dev.gantry.agent.runtime.CriRuntime} over gRPC as its only real
 * implementation, and pods and containers are read back from it by the kubelet's labels.
 */
@NullMarked
package dev.gantry.agent.runtime;

import org.jspecify.annotations.NullMarked;
