package dev.gantry.linux.file;

/** How openat2(2) walks a path that others may have prepared. */
public enum Resolve {
  /** No component may be a mount point or lead across one (EXDEV). */
  NO_XDEV(0x01),
  /** No component may be a link of /proc that leads to an open file (ELOOP). */
  NO_MAGICLINKS(0x02),
  /** No component may be a symbolic link (ELOOP). */
  NO_SYMLINKS(0x04),
  /** A path, link or {@code ..} that leaves the directory is refused (EXDEV). */
  BENEATH(0x08),
  /** The directory is the root: absolute paths and links start there and {@code ..} ends there. */
  IN_ROOT(0x10);

  private final int bit;

  Resolve(int bit) {
    this.bit = bit;
  }

  int bit() {
    return bit;
  }
}
