package dev.gantry.linux;

import java.io.IOException;

/**
 * A system call that the kernel refused: which call, about what, and the error number.
 *
 * <p>The message reads {@code mount overlay on /x: ENOSPC: No space left on device}.
 */
public class LinuxException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String call;
  private final String subject;
  private final int number;

  /**
   * @param call what was tried, a verb that reads on into the subject ({@code "open"})
   * @param subject what it was about, most often a path; may be empty
   * @param number the positive error number
   */
  public LinuxException(String call, String subject, int number) {
    super(message(call, subject, number, ""));
    this.call = call;
    this.subject = subject;
    this.number = number;
  }

  /** The same with what the kernel or the caller can add to the error number. */
  public LinuxException(String call, String subject, Errno errno, String detail) {
    super(message(call, subject, errno.number(), detail));
    this.call = call;
    this.subject = subject;
    this.number = errno.number();
  }

  private static String message(String call, String subject, int number, String detail) {
    Errno errno = Errno.of(number);
    StringBuilder text = new StringBuilder(call);
    if (!subject.isEmpty()) {
      text.append(' ').append(subject);
    }
    text.append(": ");
    text.append(errno == Errno.UNKNOWN ? "errno " + number : errno.name() + ": " + errno.text());
    if (!detail.isEmpty()) {
      text.append(" (").append(detail).append(')');
    }
    return text.toString();
  }

  /** The error, or {@link Errno#UNKNOWN} for a number that has no name here. */
  public Errno errno() {
    return Errno.of(number);
  }

  /** The kernel's error number. */
  public int number() {
    return number;
  }

  /** What was tried. */
  public String call() {
    return call;
  }

  /** What it was about. */
  public String subject() {
    return subject;
  }
}
