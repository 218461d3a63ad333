package dev.gantry.agent.runtime;

import java.util.function.Consumer;

/** Runtimes that tell what happens to containers, by CRI's GetContainerEvents. */
@FunctionalInterface
public interface RuntimeEvents {
  /**
   * Listens until the runtime ends the stream or the thread is interrupted.
   *
   * @param opened run when the runtime listens: from here on nothing is missed
   * @param pod told the uid of a pod of which something changed
   * @throws RuntimeCallException when the stream broke; UNIMPLEMENTED when there is none at all
   */
  void listen(Runnable opened, Consumer<String> pod);
}
