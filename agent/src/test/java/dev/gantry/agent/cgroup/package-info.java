/** Tests of the kubepods hierarchy. */
@NullMarked
package dev.gantry.agent.cgroup;

import org.jspecify.annotations.NullMarked;
