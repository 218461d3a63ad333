package dev.gantry.image;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** No host gave what was asked for; holds what each host that was tried said. */
public final class RegistryException extends ImageException {
  private static final long serialVersionUID = 1;

  /** What the caller may want to tell apart. */
  public enum Kind {
    /** The registry answered that there is no such image or blob. */
    NOT_FOUND,
    /** The registry wants other credentials (401, 403). */
    UNAUTHORIZED,
    /** The host was not reached, broke off, or stalled. */
    UNREACHABLE,
    /** The registry failed or asks to come back later (5xx, 429). */
    UNAVAILABLE,
    /** The registry answered with something that is no valid answer. */
    BAD_ANSWER,
    /** What this node is configured to do with the registry makes no sense. */
    CONFIGURATION
  }

  /**
   * One host's answer.
   *
   * @param host as base URL, for instance {@code https://registry.example:5000/v2}
   * @param status HTTP status, 0 when none came
   * @param message status line and the body's error, or why there was none
   */
  public record Attempt(String host, int status, String message) {
    @Override
    public String toString() {
      return host + ": " + message;
    }
  }

  private final Kind kind;
  private final transient List<Attempt> attempts;

  public RegistryException(Kind kind, List<Attempt> attempts, @Nullable Throwable cause) {
    super(text(attempts), cause);
    this.kind = kind;
    this.attempts = List.copyOf(attempts);
  }

  private static String text(List<Attempt> attempts) {
    var text = new StringBuilder();
    if (attempts.size() > 1) {
      text.append("tried ");
    }
    for (int i = 0; i < attempts.size(); i++) {
      text.append(i == 0 ? "" : "; ").append(attempts.get(i));
    }
    return text.toString();
  }

  public Kind kind() {
    return kind;
  }

  /** In the order in which the hosts were tried; the last is the registry itself. */
  public List<Attempt> attempts() {
    return attempts;
  }

  /** Status of the last host that answered, 0 when none did. */
  public int status() {
    return attempts.isEmpty() ? 0 : attempts.getLast().status();
  }

  @Override
  public boolean isTransient() {
    return kind == Kind.UNREACHABLE || kind == Kind.UNAVAILABLE;
  }
}
