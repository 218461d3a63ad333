package dev.gantry.image;

import dev.gantry.oci.Digest;

/** What came is not what was named: other bytes, or more or fewer of them. */
public final class DigestMismatchException extends ImageException {
  private static final long serialVersionUID = 1;

  private final transient Digest expected;

  public DigestMismatchException(String what, Digest expected, Digest actual) {
    super(what + " should have digest " + expected + " but has " + actual);
    this.expected = expected;
  }

  public DigestMismatchException(
      String what, Digest expected, long expectedBytes, String actualBytes) {
    super(
        what + " " + expected + " should have " + expectedBytes + " bytes but has " + actualBytes);
    this.expected = expected;
  }

  public Digest expected() {
    return expected;
  }
}
