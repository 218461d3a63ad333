package dev.gantry.daemon.container;

import dev.gantry.cri.v1.Signal;
import dev.gantry.linux.process.Signals;

/** Signals as the CRI names them and as the kernel numbers them, see signal(7). */
public final class StopSignals {
  private static final String PREFIX = "SIGNAL_SIG";

  private StopSignals() {}

  /**
   * The kernel's number.
   *
   * @throws IllegalArgumentException for {@code SIGNAL_RUNTIME_DEFAULT} and unknown values
   */
  public static int number(Signal signal) {
    String name = signal.name();
    if (!name.startsWith(PREFIX)) {
      throw new IllegalArgumentException(name + " is no signal");
    }
    return Signals.number(
        name.substring(PREFIX.length()).replace("MINPLUS", "MIN+").replace("MAXMINUS", "MAX-"));
  }

  /** The CRI's name for a number; {@code SIGNAL_RUNTIME_DEFAULT} for 0 and for what it has not. */
  public static Signal toCri(int number) {
    if (number != 0) {
      for (Signal signal : Signal.values()) {
        if (signal.name().startsWith(PREFIX) && number(signal) == number) {
          return signal;
        }
      }
    }
    return Signal.SIGNAL_RUNTIME_DEFAULT;
  }
}
