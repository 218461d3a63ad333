/**
 * From a pod to what the runtime is asked for: pure functions of the pod, the node and what was
 * read from ConfigMaps, Secrets and disk, to CRI's sandbox and container configurations, field for
 * field those of the kubelet.
 */
@NullMarked
package dev.gantry.agent.podspec;

import org.jspecify.annotations.NullMarked;
