package dev.gantry.image;

import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageReference;
import java.util.List;

/**
 * The names an image gets: {@code host/repo:tag} and {@code host/repo@digest}, as containerd and
 * CRI-O report them.
 */
record ImageNames(List<String> tags, List<String> digests) {
  static final ImageNames NONE = new ImageNames(List.of(), List.of());

  /** By tag both kinds, by digest only that: the tag beside a digest was not asked for. */
  static ImageNames pulled(ImageReference reference, Digest named) {
    String digest = reference.withDigest(named).toString();
    String tag = reference.tag();
    return reference.digest() != null || tag == null
        ? new ImageNames(List.of(), List.of(digest))
        : new ImageNames(List.of(reference.withTag(tag).toString()), List.of(digest));
  }
}
