package dev.gantry.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What stays the same until the machine starts again: the boot id and the kernel's version. */
public final class Boot {
  private Boot() {}

  private static final class Id {
    private static final String VALUE = read("/proc/sys/kernel/random/boot_id");

    private Id() {}
  }

  private static final class Release {
    private static final String VALUE = read("/proc/sys/kernel/osrelease");

    private Release() {}
  }

  /**
   * The random id of this boot, a UUID in text (random(4)): a record that carries another one is of
   * an earlier boot, and every process it names is dead.
   */
  public static String id() {
    return Id.VALUE;
  }

  /** The kernel's release as {@code uname -r} prints it. */
  public static String kernelRelease() {
    return Release.VALUE;
  }

  /** The first number of the release, 6 of {@code 6.1.0-18-amd64}. */
  public static int kernelMajor() {
    return number(0);
  }

  /** The second number of the release, 1 of {@code 6.1.0-18-amd64}. */
  public static int kernelMinor() {
    return number(1);
  }

  /** Whether the kernel is of this version or later. */
  public static boolean kernelAtLeast(int major, int minor) {
    return kernelMajor() > major || (kernelMajor() == major && kernelMinor() >= minor);
  }

  private static int number(int index) {
    int start = 0;
    String text = Release.VALUE;
    for (int i = 0; i < index; i++) {
      start = text.indexOf('.', start) + 1;
    }
    int end = start;
    while (end < text.length() && Character.isDigit(text.charAt(end))) {
      end++;
    }
    return end == start ? 0 : Integer.parseInt(text, start, end, 10);
  }

  private static String read(String file) {
    try {
      return Files.readString(Path.of(file)).strip();
    } catch (IOException e) {
      throw new UncheckedIOException("/proc is not mounted or not readable", e);
    }
  }
}
