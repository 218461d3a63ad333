/** The kubepods hierarchy: one cgroup per quality of service and one per pod, with its limits. */
@NullMarked
package dev.gantry.agent.cgroup;

import org.jspecify.annotations.NullMarked;
