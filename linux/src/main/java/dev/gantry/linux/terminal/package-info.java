/** Terminals: their size, and raw mode; see termios(3) and ioctl_tty(2). */
@NullMarked
package dev.gantry.linux.terminal;

import org.jspecify.annotations.NullMarked;
