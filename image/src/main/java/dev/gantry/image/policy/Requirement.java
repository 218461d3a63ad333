package dev.gantry.image.policy;

import java.nio.file.Path;
import java.util.List;

/** One entry of a list of requirements, all of which an image has to meet. */
sealed interface Requirement {
  /** Where it stands in the file, for errors. */
  String place();

  /** No image meets it. */
  record Reject(String place) implements Requirement {}

  /** Every image meets it. */
  record AcceptAnything(String place) implements Requirement {}

  /** A sigstore signature by one of these keys, for a name that the identity accepts. */
  record SigstoreSigned(String place, List<KeySource> keys, IdentityMatch identity)
      implements Requirement {}

  /**
   * Something that Gantry cannot verify, so that no image meets it.
   *
   * @param what as in {@code signedBy (GPG signatures)}
   */
  record Unsupported(String place, String what) implements Requirement {}

  /** Where a public key in PEM is. */
  sealed interface KeySource {
    /** A file, which is read each time it is needed. */
    record InFile(Path path) implements KeySource {
      @Override
      public String toString() {
        return path.toString();
      }
    }

    /** In the policy itself. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Inline(String place, byte[] pem) implements KeySource {
      @Override
      public String toString() {
        return place;
      }
    }
  }
}
