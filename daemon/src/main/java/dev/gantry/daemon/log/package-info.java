/** Structured logs: events with fields, written as JSON or as text, one line each. */
@NullMarked
package dev.gantry.daemon.log;

import org.jspecify.annotations.NullMarked;
