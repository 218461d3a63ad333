package dev.gantry.image;

import org.jspecify.annotations.Nullable;

/**
 * The node's policy.json does not let an image in, or cannot be read; nothing of the image was
 * kept.
 */
public final class PolicyException extends ImageException {
  private static final long serialVersionUID = 1;

  /** Whether the image was judged or the policy is at fault. */
  public enum Kind {
    /** The policy was asked and says no. */
    REJECTED,
    /** The policy, or a key it names, cannot be read or is not supported: nothing gets in. */
    CONFIGURATION
  }

  private final Kind kind;

  public PolicyException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public PolicyException(Kind kind, String message) {
    this(kind, message, null);
  }

  public Kind kind() {
    return kind;
  }
}
