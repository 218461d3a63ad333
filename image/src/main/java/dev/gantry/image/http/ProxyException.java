package dev.gantry.image.http;

import java.io.IOException;

/** The proxy was not reached or would not connect; the message names it and why it is used. */
public final class ProxyException extends IOException {
  private static final long serialVersionUID = 1;

  ProxyException(String message) {
    super(message);
  }

  ProxyException(String message, Throwable cause) {
    super(message, cause);
  }
}
