/**
 * The RuntimeService: one class per RPC, named after it. A class reads its request, does the steps
 * in order and answers; what it needs is handed to its constructor.
 */
@NullMarked
package dev.gantry.daemon.runtime;

import org.jspecify.annotations.NullMarked;
