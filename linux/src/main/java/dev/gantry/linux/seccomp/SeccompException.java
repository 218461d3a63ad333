package dev.gantry.linux.seccomp;

import java.io.IOException;

/** A profile that could not be compiled, or no libseccomp to compile it with. */
public final class SeccompException extends IOException {
  private static final long serialVersionUID = 1L;

  SeccompException(String message) {
    super(message);
  }
}
