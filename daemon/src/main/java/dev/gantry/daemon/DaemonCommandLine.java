package dev.gantry.daemon;

import dev.gantry.daemon.config.ConfigException;
import dev.gantry.daemon.config.ConfigKey;
import dev.gantry.daemon.config.ConfigKeys;
import dev.gantry.daemon.config.ConfigLoader;
import dev.gantry.daemon.config.DaemonConfig;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.log.Logging;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * {@code gantry daemon}: reads flags and configuration, runs the daemon until it is told to stop.
 */
public final class DaemonCommandLine {
  private static final Path DEFAULT_CONFIG = Path.of("/etc/gantry/config.toml");
  private static final int USAGE = 2;

  private DaemonCommandLine() {}

  /**
   * Runs the daemon.
   *
   * @return the exit code: 0 after SIGTERM or SIGINT, 1 when it could not start, 2 for wrong flags
   */
  public static int run(String[] args) {
    DaemonConfig config;
    try {
      if (args.length == 1 && (args[0].equals("--help") || args[0].equals("-h"))) {
        usage(System.out);
        return 0;
      }
      config = load(args);
    } catch (ConfigException e) {
      System.err.println("gantry daemon: " + e.getMessage());
      return USAGE;
    }
    Logging.start(config.logLevel(), config.logJson());
    try {
      serve(config);
      return 0;
    } catch (IOException e) {
      Event.error("the daemon cannot start").because(e).log();
      return 1;
    }
  }

  /**
   * Reads flags, file and drop-ins.
   *
   * @throws ConfigException that says which flag or line is wrong
   */
  public static DaemonConfig load(String[] args) throws ConfigException {
    Map<String, String> flags = new HashMap<>();
    Path file = DEFAULT_CONFIG;
    boolean named = false;
    for (int i = 0; i < args.length; i++) {
      String flag = args[i];
      if (!flag.startsWith("--")) {
        throw new ConfigException("unexpected argument " + flag + "; --help lists the flags");
      }
      int equals = flag.indexOf('=');
      String name = flag.substring(2, equals < 0 ? flag.length() : equals);
      String value = equals < 0 ? next(args, ++i, flag) : flag.substring(equals + 1);
      if (name.equals("config")) {
        file = Path.of(value);
        named = true;
      } else {
        flags.put(name, value);
      }
    }
    return ConfigLoader.load(file, named, flags);
  }

  private static String next(String[] args, int i, String flag) throws ConfigException {
    if (i >= args.length) {
      throw new ConfigException(flag + " needs a value");
    }
    return args[i];
  }

  private static void usage(PrintStream out) {
    out.println("Usage: gantry daemon [--config FILE] [flags]");
    out.println();
    out.printf("  --%-12s %s%n", "config", "configuration file (" + DEFAULT_CONFIG + ")");
    for (ConfigKey key : ConfigKeys.ALL) {
      if (!key.flag().isEmpty()) {
        out.printf("  --%-12s %s (%s)%n", key.flag(), key.doc(), key.defaultValue());
      }
    }
  }

  /**
   * Serves until the JVM is asked to end. The work of ending is done in the shutdown hook, because
   * the JVM is gone when that returns.
   */
  private static void serve(DaemonConfig config) throws IOException {
    Daemon daemon = Daemon.start(config);
    var stopped = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("shutdown")
                .unstarted(() -> {
                  daemon.close();
                  stopped.countDown();
                }));
    try {
      stopped.await();
    } catch (InterruptedException e) {
      daemon.close();
      Thread.currentThread().interrupt();
    }
  }
}
