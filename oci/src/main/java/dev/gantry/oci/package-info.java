/**
 * The image specification as records: references, digests, manifests, configurations.
 *
 * <p>Pure functions and values: nothing here opens a file or a socket. {@link
 * dev.gantry.oci.OciJson} reads and writes the documents; what comes from outside and is wrong ends
 * in an {@link dev.gantry.oci.OciFormatException} that names it. The runtime specification lives in
 * {@link dev.gantry.oci.runtime}.
 */
@NullMarked
package dev.gantry.oci;

import org.jspecify.annotations.NullMarked;
