/** The ImageService: one class per RPC, named after it. */
@NullMarked
package dev.gantry.daemon.imageservice;

import org.jspecify.annotations.NullMarked;
