package dev.gantry.image;

import dev.gantry.image.store.ImageRecord;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.InvalidReferenceException;
import java.util.List;

/** Image records with other names. */
final class Records {
  private Records() {}

  static ImageRecord withTags(ImageRecord r, List<String> tags) {
    return tags.equals(r.tags()) ? r : renamed(r, tags, r.digests(), r.removed());
  }

  /** With other tags, as of now. */
  static ImageRecord tagged(ImageRecord r, List<String> tags) {
    return renamed(r, tags, r.digests(), r.removed());
  }

  /** The name as records keep it. */
  static String tagOf(String name) throws ReferenceException {
    try {
      ImageReference reference = ImageReference.parse(name);
      if (reference.digest() != null) {
        throw new ReferenceException(name, "a digest cannot be given, only a tag");
      }
      return reference.toString();
    } catch (InvalidReferenceException e) {
      throw new ReferenceException(name, e);
    }
  }

  static ImageRecord removed(ImageRecord r) {
    return renamed(r, List.of(), List.of(), true);
  }

  /** Without the name; the same record when it is no name of it (an id). */
  static ImageRecord without(ImageRecord r, String name) {
    try {
      ImageReference reference = ImageReference.parse(name);
      String exact =
          reference.digest() == null
              ? reference.toString()
              : reference.withDigest(reference.digest()).toString();
      if (!r.tags().contains(exact) && !r.digests().contains(exact)) {
        return r;
      }
      return renamed(
          r,
          r.tags().stream().filter(t -> !t.equals(exact)).toList(),
          r.digests().stream().filter(d -> !d.equals(exact)).toList(),
          r.removed());
    } catch (InvalidReferenceException id) {
      return r;
    }
  }

  private static ImageRecord renamed(
      ImageRecord r, List<String> tags, List<String> digests, boolean removed) {
    return new ImageRecord(
        r.id(),
        r.config(),
        r.manifest(),
        List.copyOf(tags),
        List.copyOf(digests),
        r.layers(),
        r.pulledAt(),
        System.currentTimeMillis(),
        removed,
        r.artifactType());
  }
}
