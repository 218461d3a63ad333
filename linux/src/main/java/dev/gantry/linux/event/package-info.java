/**
 * Waiting for many file descriptors on one thread: an epoll loop, and inotify and pipe readers upon
 * it.
 */
@NullMarked
package dev.gantry.linux.event;

import org.jspecify.annotations.NullMarked;
