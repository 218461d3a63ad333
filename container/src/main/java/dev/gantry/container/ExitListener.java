package dev.gantry.container;

/** Is told, once for each container, that it has ended. */
@FunctionalInterface
public interface ExitListener {
  /** Called on a virtual thread of its own; it may block. */
  void onExit(String containerId, ExitRecord exit);
}
