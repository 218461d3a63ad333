/** What containers use: cgroup counters when asked, writable layers measured in the background. */
@NullMarked
package dev.gantry.daemon.stats;

import org.jspecify.annotations.NullMarked;
