/** What a daemon does when it starts and others have been here before. */
@NullMarked
package dev.gantry.daemon.recovery;

import org.jspecify.annotations.NullMarked;
