package dev.gantry.image.policy;

import dev.gantry.oci.ImageReference;
import dev.gantry.oci.InvalidReferenceException;
import org.jspecify.annotations.Nullable;

/** Which names in signatures are good for an image: {@code signedIdentity} of the policy. */
sealed interface IdentityMatch {
  /**
   * @param image the image's own name, null when it has none
   * @param signed the name in the signature
   */
  boolean accepts(@Nullable ImageReference image, ImageReference signed);

  /** What would be accepted, for an error. */
  String wants(@Nullable ImageReference image);

  /** The very name. */
  record MatchExact() implements IdentityMatch {
    @Override
    public boolean accepts(@Nullable ImageReference image, ImageReference signed) {
      return image != null && isExact(signed) && signed.equals(image);
    }

    @Override
    public String wants(@Nullable ImageReference image) {
      return "matchExact wants " + image;
    }
  }

  /** The very name, or any in the same repository when the image was asked for by digest. */
  record MatchRepoDigestOrExact() implements IdentityMatch {
    @Override
    public boolean accepts(@Nullable ImageReference image, ImageReference signed) {
      return image != null && digestOrExact(image, signed);
    }

    @Override
    public String wants(@Nullable ImageReference image) {
      return "matchRepoDigestOrExact wants "
          + (image == null || image.tag() != null ? image : "a tag in " + image.name());
    }
  }

  /** Any name in the same repository. */
  record MatchRepository() implements IdentityMatch {
    @Override
    public boolean accepts(@Nullable ImageReference image, ImageReference signed) {
      return image != null && signed.name().equals(image.name());
    }

    @Override
    public String wants(@Nullable ImageReference image) {
      return "matchRepository wants " + (image == null ? "a name" : image.name());
    }
  }

  /** One name, whatever the image is called. */
  record ExactReference(ImageReference reference) implements IdentityMatch {
    @Override
    public boolean accepts(@Nullable ImageReference image, ImageReference signed) {
      return isExact(signed) && signed.equals(reference);
    }

    @Override
    public String wants(@Nullable ImageReference image) {
      return "exactReference wants " + reference;
    }
  }

  /** Any name in one repository, whatever the image is called. */
  record ExactRepository(String repository) implements IdentityMatch {
    @Override
    public boolean accepts(@Nullable ImageReference image, ImageReference signed) {
      return signed.name().equals(repository);
    }

    @Override
    public String wants(@Nullable ImageReference image) {
      return "exactRepository wants " + repository;
    }
  }

  /** As {@link MatchRepoDigestOrExact} after a prefix of the image's name has been replaced. */
  record RemapIdentity(String prefix, String signedPrefix) implements IdentityMatch {
    @Override
    public boolean accepts(@Nullable ImageReference image, ImageReference signed) {
      ImageReference mapped = image == null ? null : remap(image);
      return mapped != null && digestOrExact(mapped, signed);
    }

    private @Nullable ImageReference remap(ImageReference image) {
      String name = image.name();
      if (!name.equals(prefix) && !name.startsWith(prefix + "/")) {
        return image;
      }
      String mapped = signedPrefix + image.toString().substring(prefix.length());
      ImageReference reference = parse(mapped);
      // What is not in its full form would be taken for something else.
      return reference != null && reference.toString().equals(mapped) ? reference : null;
    }

    @Override
    public String wants(@Nullable ImageReference image) {
      ImageReference mapped = image == null ? null : remap(image);
      return "remapIdentity wants " + (mapped == null ? "a name below " + signedPrefix : mapped);
    }
  }

  private static boolean digestOrExact(ImageReference image, ImageReference signed) {
    if (!isExact(signed)) {
      return false;
    }
    return image.tag() != null ? signed.equals(image) : signed.name().equals(image.name());
  }

  private static boolean isExact(ImageReference reference) {
    return reference.tag() != null || reference.digest() != null;
  }

  /** A name as signatures hold it: nothing is added to it. */
  static @Nullable ImageReference parse(String text) {
    try {
      return ImageReference.parseName(text);
    } catch (InvalidReferenceException e) {
      return null;
    }
  }
}
