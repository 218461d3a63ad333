package dev.gantry.daemon;

/** Runs the daemon in a JVM of its own, so that a test can kill it. */
final class DaemonMain {
  private DaemonMain() {}

  public static void main(String[] args) {
    System.exit(DaemonCommandLine.run(args));
  }
}
