package dev.gantry.oci.runtime;

import dev.gantry.oci.OciFormatException;

/** The first two numbers of a kernel's version; what follows says nothing about its interfaces. */
public record KernelVersion(int major, int minor) implements Comparable<KernelVersion> {

  /** Reads the start of a text such as {@code 6.18.0-rc5-amd64}. */
  public static KernelVersion parse(String text) {
    int dot = text.indexOf('.');
    int end = dot + 1;
    while (dot > 0 && end < text.length() && Character.isDigit(text.charAt(end))) {
      end++;
    }
    try {
      return new KernelVersion(
          Integer.parseInt(text.substring(0, Math.max(dot, 0))),
          Integer.parseInt(text.substring(dot + 1, end)));
    } catch (NumberFormatException e) {
      throw new OciFormatException("kernel version \"" + text + "\" is not <number>.<number>", e);
    }
  }

  @Override
  public int compareTo(KernelVersion other) {
    return major == other.major
        ? Integer.compare(minor, other.minor)
        : Integer.compare(major, other.major);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
