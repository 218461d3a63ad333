package dev.gantry.network;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A pod's network could not be made or removed; the subclass says what kind of thing went wrong.
 */
public abstract sealed class NetworkException extends Exception {
  private static final long serialVersionUID = 1L;

  private NetworkException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /** There is no network to attach to; the message is that of {@link NetworkStatus}. */
  public static final class NotReady extends NetworkException {
    private static final long serialVersionUID = 1L;

    NotReady(String message) {
      super(message, null);
    }
  }

  /** The request asks for what cannot be, such as a bandwidth that is no quantity. */
  public static final class BadRequest extends NetworkException {
    private static final long serialVersionUID = 1L;

    BadRequest(String message) {
      super(message, null);
    }
  }

  /** A plug-in's program is in none of the plug-in directories. */
  public static final class PluginMissing extends NetworkException {
    private static final long serialVersionUID = 1L;
    private final String plugin;

    PluginMissing(String plugin, String message) {
      super(message, null);
      this.plugin = plugin;
    }

    /** The plug-in's type. */
    public String plugin() {
      return plugin;
    }
  }

  /** A plug-in answered with an error, could not be run, or answered what is no CNI result. */
  public static final class PluginFailed extends NetworkException {
    private static final long serialVersionUID = 1L;
    private final String plugin;
    private final int code;
    private final String stderrTail;

    PluginFailed(
        String plugin, int code, String stderrTail, String message, @Nullable Throwable cause) {
      super(message, cause);
      this.plugin = plugin;
      this.code = code;
      this.stderrTail = stderrTail;
    }

    /** The plug-in's type. */
    public String plugin() {
      return plugin;
    }

    /** The CNI error code (spec section 5, "Error"), or 0 when the plug-in gave none. */
    public int code() {
      return code;
    }

    /** The end of what the plug-in wrote to its standard error. */
    public String stderrTail() {
      return stderrTail;
    }
  }

  /** A plug-in gave no answer within its deadline and was killed. */
  public static final class PluginTimedOut extends NetworkException {
    private static final long serialVersionUID = 1L;
    private final String plugin;
    private final Duration after;

    PluginTimedOut(String plugin, Duration after, String message) {
      super(message, null);
      this.plugin = plugin;
      this.after = after;
    }

    /** The plug-in's type. */
    public String plugin() {
      return plugin;
    }

    /** How long it was given. */
    public Duration after() {
      return after;
    }
  }

  /** The journal or another file of ours could not be read or written. */
  public static final class JournalFailed extends NetworkException {
    private static final long serialVersionUID = 1L;

    JournalFailed(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }
}
