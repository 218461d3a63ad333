package dev.gantry.image.tar;

import java.io.IOException;

/** An archive that is not what it claims to be, or more than is allowed; says where and why. */
public final class TarException extends IOException {
  private static final long serialVersionUID = 1;

  private final long position;

  TarException(long position, String why) {
    super(why + " (at byte " + position + " of the archive)");
    this.position = position;
  }

  /** Offset in the uncompressed archive, in bytes. */
  public long position() {
    return position;
  }
}
