package dev.gantry.container;

/** Is told, once for each container, that it has ended. */
@FunctionalInterface
public interface ExitListener {
  /** Called on a virtual thread of its own; it may block. */
  void onExit(String containerId, ExitRecord exit);

  /**
   * The container's first process has ended, and its end is not told yet: where other processes of
   * the container live on and hold its output, it may not be until they are killed. Called as
   * {@link #onExit} is.
   */
  default void onInitEnd(String containerId) {}
}
