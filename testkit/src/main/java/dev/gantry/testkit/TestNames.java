package dev.gantry.testkit;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Names in the kernel that no other test run on the machine has, and by which {@link LeakCheck}
 * knows whose they are.
 */
public final class TestNames {
  private static final long PID = ProcessHandle.current().pid();
  private static final AtomicInteger NEXT = new AtomicInteger(1);

  private TestNames() {}

  /** Returns what this JVM's link names begin with. */
  static String linkPrefix() {
    return "gt" + Long.toString(PID, Character.MAX_RADIX) + "x";
  }

  /** Returns what this JVM's cgroups are called at first. */
  static String cgroupPrefix() {
    return "gantry-test-" + PID + "-";
  }

  /** Returns a new name for a bridge or another link, of at most 15 characters. */
  public static String link() {
    return linkPrefix() + Integer.toString(NEXT.getAndIncrement(), Character.MAX_RADIX);
  }

  /** Returns a new path for a cgroup, {@code /gantry-test-…}, to be made by who uses it. */
  public static String cgroup() {
    return "/" + cgroupPrefix() + NEXT.getAndIncrement();
  }

  /** Returns a new word for any other name. */
  public static String word() {
    return "gt-" + PID + "-" + NEXT.getAndIncrement();
  }

  /**
   * Returns a new subnet of 256 addresses within 10.64.0.0/10, such as {@code 10.91.7.0/24}; two
   * runs at the same time get different ones unless their process ids are 64 apart or multiples.
   */
  public static String subnet() {
    return "10." + (64 + PID % 64) + "." + NEXT.getAndIncrement() % 256 + ".0/24";
  }
}
