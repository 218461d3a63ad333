package dev.gantry.cli;

import dev.gantry.daemon.DaemonCommandLine;

/** Starts the daemon in this JVM: a class of its own, so that only `gantry daemon` loads it. */
final class Daemon {
  private Daemon() {}

  static int run(String[] args) {
    return DaemonCommandLine.run(args);
  }
}
