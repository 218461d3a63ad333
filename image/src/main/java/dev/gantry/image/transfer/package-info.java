/**
 * Brings big blobs onto the disk: over several connections where that helps, into a file that a
 * broken connection, a failed try or a restart of the daemon leaves to go on from.
 */
@NullMarked
package dev.gantry.image.transfer;

import org.jspecify.annotations.NullMarked;
