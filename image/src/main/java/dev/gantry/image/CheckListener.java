package dev.gantry.image;

/** Told how a check of the store gets on. */
public interface CheckListener {
  CheckListener NONE = (done, total, finding) -> {};

  /**
   * A layer or record has been looked at.
   *
   * @param done how many layers have been so far
   * @param finding what is wrong with it, null when nothing is
   */
  void checked(int done, int total, @org.jspecify.annotations.Nullable CheckFinding finding);
}
