/** What the daemon tells the service manager that started it. */
@NullMarked
package dev.gantry.linux.systemd;

import org.jspecify.annotations.NullMarked;
