package dev.gantry.streaming;

import java.io.IOException;
import java.io.Serial;

/** So many URLs wait for their clients that no more are given. */
public final class TooManyStreamsException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  TooManyStreamsException(String message) {
    super(message);
  }
}
