/**
 * Whether a pod gets in: what its RuntimeClass makes of it, and whether it fits on this node. Pure
 * functions; the reasons are those of the API server's admission and of the kubelet.
 */
@NullMarked
package dev.gantry.agent.admission;

import org.jspecify.annotations.NullMarked;
