package dev.gantry.daemon.log;

import dev.gantry.daemon.config.DaemonConfig.LogLevel;
import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/**
 * Sets up java.util.logging, which slf4j and gRPC end in, for one line an event on standard error.
 */
public final class Logging {
  /** Held here because java.util.logging keeps its loggers by weak reference only. */
  private static final Logger ROOT = Logger.getLogger("");

  private static final Logger NETTY = Logger.getLogger("io.netty");
  private static final Logger GRPC = Logger.getLogger("io.grpc");

  private Logging() {}

  /** Sends everything of at least {@code level} to standard error. */
  public static void start(LogLevel level, boolean json) {
    LogManager.getLogManager().reset();
    Level at =
        switch (level) {
          case ERROR -> Level.SEVERE;
          case WARN -> Level.WARNING;
          case INFO -> Level.INFO;
          case DEBUG -> Level.FINE;
          case TRACE -> Level.ALL;
        };
    Handler handler = new ConsoleHandler();
    handler.setLevel(Level.ALL);
    handler.setFormatter(new LineFormatter(json, at.intValue() <= Level.FINE.intValue()));
    ROOT.addHandler(handler);
    ROOT.setLevel(at);
    Level foreign = level == LogLevel.TRACE ? Level.ALL : Level.WARNING;
    NETTY.setLevel(foreign);
    GRPC.setLevel(foreign);
  }
}
