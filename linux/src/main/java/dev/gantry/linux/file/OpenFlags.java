package dev.gantry.linux.file;

/** Flags of open(2); some have other values on aarch64. */
public final class OpenFlags {
  private static final boolean ARM = System.getProperty("os.arch", "").equals("aarch64");

  public static final int RDONLY = 0;
  public static final int WRONLY = 1;
  public static final int RDWR = 2;
  public static final int CREAT = 0100;
  public static final int EXCL = 0200;
  public static final int NOCTTY = 0400;
  public static final int TRUNC = 01000;
  public static final int APPEND = 02000;
  public static final int NONBLOCK = 04000;
  public static final int DIRECTORY = ARM ? 040000 : 0200000;

  /** Fail with ELOOP when the last component is a symbolic link. */
  public static final int NOFOLLOW = ARM ? 0100000 : 0400000;

  public static final int CLOEXEC = 02000000;

  /** Only a handle on the place in the tree: opens anything without touching it. */
  public static final int PATH = 010000000;

  /** A file without a name in the given directory. */
  public static final int TMPFILE = 020000000 | DIRECTORY;

  private OpenFlags() {}
}
