/**
 * What a person sees of a pod: its status, computed by pure functions from the pod, its state in
 * the runtime and the reasons of what failed, and the events that tell how it came to that. Phases,
 * conditions, reasons and messages are the kubelet's, word by word.
 */
@NullMarked
package dev.gantry.agent.status;

import org.jspecify.annotations.NullMarked;
