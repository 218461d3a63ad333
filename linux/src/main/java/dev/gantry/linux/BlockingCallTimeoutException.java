package dev.gantry.linux;

import java.io.IOException;
import java.time.Duration;

/**
 * A call on the pool of {@link BlockingCalls} that had not ended, or not even begun, at its
 * deadline.
 */
public final class BlockingCallTimeoutException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String what;
  private final Duration deadline;
  private final boolean begun;

  BlockingCallTimeoutException(String what, Duration deadline, boolean begun) {
    super(
        begun
            ? what + ": no answer from the kernel after " + seconds(deadline)
            : what
                + ": not begun after "
                + seconds(deadline)
                + ", all "
                + BlockingCalls.LIMIT
                + " threads for blocking calls are held by calls that hang");
    this.what = what;
    this.deadline = deadline;
    this.begun = begun;
  }

  private static String seconds(Duration d) {
    return d.toMillis() / 1000.0 + " s";
  }

  /** What was tried. */
  public String what() {
    return what;
  }

  /** How long it was waited for. */
  public Duration deadline() {
    return deadline;
  }

  /** Whether the call had reached a thread; if so it may still take effect later. */
  public boolean begun() {
    return begun;
  }
}
