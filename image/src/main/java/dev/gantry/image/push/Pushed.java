package dev.gantry.image.push;

import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageReference;

/**
 * An image that was pushed.
 *
 * @param name what it is called in the registry
 * @param manifest digest of its manifest there
 * @param id of the image, the same as here
 * @param original whether the manifest is the one that the image once came with
 * @param sentBytes of layers and configuration that the registry did not have
 */
public record Pushed(
    ImageReference name, Digest manifest, Digest id, boolean original, long sentBytes) {}
