package dev.gantry.network;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Runs a program to its end; the seam at which tests inject what a real plug-in won't do on demand.
 */
interface PluginRunner {

  /**
   * A program to run.
   *
   * @param env the whole environment
   */
  record Call(
      Path program, List<String> args, Map<String, String> env, String stdin, Duration deadline) {}

  /**
   * What became of it.
   *
   * @param exitCode as a shell tells it: 128 + number when a signal ended it
   * @param truncated standard output was longer than is read
   * @param timedOut it was killed at the deadline
   */
  record Outcome(int exitCode, String stdout, String stderr, boolean truncated, boolean timedOut) {}

  /**
   * Runs it and waits.
   *
   * @throws IOException when it cannot be started
   */
  Outcome run(Call call) throws IOException;
}
