package dev.gantry.image.http;

import java.io.IOException;

/** The other side does not speak HTTP as we understand it, or exceeds a limit. */
public final class HttpException extends IOException {
  private static final long serialVersionUID = 1;

  HttpException(String message) {
    super(message);
  }
}
