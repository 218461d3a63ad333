/**
 * Control groups of both versions behind one interface: one path, made in every hierarchy of the
 * host.
 */
@NullMarked
package dev.gantry.linux.cgroup;

import org.jspecify.annotations.NullMarked;
