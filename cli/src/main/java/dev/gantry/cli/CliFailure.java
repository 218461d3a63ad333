package dev.gantry.cli;

import org.jspecify.annotations.Nullable;

/**
 * A command could not do what it was asked: the message is one line for the person who typed it,
 * verb, object and cause, and the advice says what to do.
 */
public final class CliFailure extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final String advice;
  private final int exitCode;

  private CliFailure(String message, String advice, int exitCode, @Nullable Throwable cause) {
    super(message, cause);
    this.advice = advice;
    this.exitCode = exitCode;
  }

  /** A failure with exit code 1. */
  public static CliFailure of(String message) {
    return new CliFailure(message, "", 1, null);
  }

  public static CliFailure of(String message, @Nullable Throwable cause) {
    return new CliFailure(message, "", 1, cause);
  }

  /** The command line itself is wrong: exit code 2, as picocli has it. */
  public static CliFailure usage(String message) {
    return new CliFailure(message, "", 2, null);
  }

  /** The same failure with a further line that says what to do about it. */
  public CliFailure advise(String what) {
    return new CliFailure(text(), what, exitCode, getCause());
  }

  /** The same failure with another exit code. */
  public CliFailure withExitCode(int code) {
    return new CliFailure(text(), advice, code, getCause());
  }

  /** The line for people. */
  public String text() {
    String message = getMessage();
    return message == null ? "" : message;
  }

  /** What to do; empty when there is nothing to say. */
  public String advice() {
    return advice;
  }

  public int exitCode() {
    return exitCode;
  }
}
