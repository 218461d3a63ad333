/** The reading half of the distribution spec: hosts, authorization, manifests and blobs. */
@NullMarked
package dev.gantry.image.registry;

import org.jspecify.annotations.NullMarked;
