/**
 * The records of pods and containers: one file each below the root directory, memory as their
 * index. Everything that reads, reads memory; everything that changes a record writes its file
 * first.
 */
@NullMarked
package dev.gantry.daemon.store;

import org.jspecify.annotations.NullMarked;
