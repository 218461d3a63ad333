/**
 * What a container is made of beyond what the OCI runtime does: its root file system, its
 * configuration, its life in the store. {@code CreateContainer} and its sisters call these in
 * order.
 */
@NullMarked
package dev.gantry.daemon.container;

import org.jspecify.annotations.NullMarked;
