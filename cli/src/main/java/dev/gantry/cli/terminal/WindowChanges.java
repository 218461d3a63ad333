package dev.gantry.cli.terminal;

import java.lang.reflect.Proxy;

/**
 * Tells when the size of our terminal has changed (SIGWINCH). The class for that is in the module
 * jdk.unsupported, which a compiler warns of: hence by its name.
 */
final class WindowChanges {
  private WindowChanges() {}

  /** Calls from now on; where the JVM has no such class the size stays as it was first. */
  static void watch(Runnable changed) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object ours =
          Proxy.newProxyInstance(
              WindowChanges.class.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  changed.run();
                  return null;
                }
                return switch (method.getName()) {
                  case "hashCode" -> System.identityHashCode(proxy);
                  case "equals" -> isSame(proxy, arguments[0]);
                  default -> "window changes";
                };
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance("WINCH"), ours);
    } catch (ReflectiveOperationException | IllegalArgumentException absent) {
      System.getLogger(WindowChanges.class.getName())
          .log(System.Logger.Level.DEBUG, "no SIGWINCH", absent);
    }
  }

  @SuppressWarnings("ReferenceEquality") // the identity is what equals of such a proxy means
  private static boolean isSame(Object one, Object other) {
    return one == other;
  }
}
