package dev.gantry.agent.podspec;

import dev.gantry.cri.v1.Signal;
import java.util.Arrays;
import java.util.Optional;

/** The signals that {@code lifecycle.stopSignal} names. */
public final class StopSignals {
  private StopSignals() {}

  /** The signal of this name, as {@code SIGTERM} or {@code SIGRTMIN+3}. */
  public static Optional<Signal> find(String name) {
    String constant = "SIGNAL_" + name.replace("+", "PLUS").replace("-", "MINUS");
    return Arrays.stream(Signal.values())
        .filter(one -> one != Signal.UNRECOGNIZED && one != Signal.SIGNAL_RUNTIME_DEFAULT)
        .filter(one -> one.name().equals(constant))
        .findFirst();
  }
}
