package dev.gantry.streaming.spdy;

import java.io.IOException;
import java.io.Serial;

/** The peer sent something that is no SPDY, or more than is taken. */
public final class FrameException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  public FrameException(String message) {
    super(message);
  }
}
