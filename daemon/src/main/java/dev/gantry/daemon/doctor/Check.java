package dev.gantry.daemon.doctor;

/**
 * One thing that was looked at.
 *
 * @param name what was looked at, as in {@code conmon}
 * @param found what is there, as in {@code /usr/bin/conmon}
 * @param whatToDo for a person; empty when all is well
 */
public record Check(String name, Verdict verdict, String found, String whatToDo) {
  /** How it stands. */
  public enum Verdict {
    /** As it should be. */
    OK,
    /** Gantry works, but less well or with less on offer. */
    WARN,
    /** Gantry cannot run pods. */
    FAIL
  }

  static Check ok(String name, String found) {
    return new Check(name, Verdict.OK, found, "");
  }

  static Check warn(String name, String found, String whatToDo) {
    return new Check(name, Verdict.WARN, found, whatToDo);
  }

  static Check fail(String name, String found, String whatToDo) {
    return new Check(name, Verdict.FAIL, found, whatToDo);
  }
}
