/**
 * Images: fetched from a registry or an archive, verified, unpacked layer by layer and kept.
 *
 * <p>{@link dev.gantry.image.ImageStore} owns what is on disk and answers every question from
 * memory; {@link dev.gantry.image.ImagePuller} and {@link dev.gantry.image.ImageImporter} fill it.
 * Below them, each in a room of its own: {@code registry} speaks the distribution spec, {@code tar}
 * reads archives, {@code layer} turns one layer into one overlay directory, {@code store} keeps the
 * records. Everything that comes in is untrusted: it is bounded, verified and resolved beneath the
 * directory it belongs to.
 */
@NullMarked
package dev.gantry.image;

import org.jspecify.annotations.NullMarked;
