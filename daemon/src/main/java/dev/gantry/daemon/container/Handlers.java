package dev.gantry.daemon.container;

import dev.gantry.container.ContainerRuntime;
import dev.gantry.daemon.rpc.CallFailure;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The OCI runtimes by handler name (RuntimeClass's {@code handler}), and the one for pods that name
 * none.
 */
public final class Handlers implements AutoCloseable {
  private final Map<String, ContainerRuntime> known;
  private final Map<String, ContainerRuntime> working;
  private final Map<String, String> refused;
  private final String defaultName;
  private final Function<String, ContainerRuntime> departed;
  private final ConcurrentHashMap<String, ContainerRuntime> gone = new ConcurrentHashMap<>();

  /**
   * The handlers as found at start.
   *
   * @param known those whose program is there, also where no new container can be made with it
   * @param working those whose trial container ran
   * @param refused the others, with the reason
   * @param defaultName the handler of pods that name none; empty when nothing works
   * @param departed makes what ends the containers of a handler whose program or table is gone
   */
  public Handlers(
      Map<String, ContainerRuntime> known,
      Map<String, ContainerRuntime> working,
      Map<String, String> refused,
      String defaultName,
      Function<String, ContainerRuntime> departed) {
    this.known = Map.copyOf(known);
    this.working = Collections.unmodifiableMap(new LinkedHashMap<>(working));
    this.refused = Collections.unmodifiableMap(new LinkedHashMap<>(refused));
    this.defaultName = defaultName;
    this.departed = departed;
  }

  /** The handlers whose program is there. */
  public Map<String, ContainerRuntime> known() {
    return known;
  }

  /** The handlers that work. */
  public Map<String, ContainerRuntime> working() {
    return working;
  }

  /** Why the others do not. */
  public Map<String, String> refused() {
    return refused;
  }

  /** The name of the default handler, empty when nothing works. */
  public String defaultName() {
    return defaultName;
  }

  /**
   * The name of the handler that a request means.
   *
   * @param requested as in the request; empty for the default
   * @throws CallFailure when there is none of that name, or it does not work here
   */
  public String resolve(String requested) throws CallFailure {
    String name = requested.isEmpty() ? defaultName : requested;
    if (working.containsKey(name)) {
      return name;
    }
    String why = refused.get(name);
    if (why != null) {
      throw CallFailure.precondition("runtime handler " + name + " does not work here: " + why);
    }
    if (name.isEmpty()) {
      throw CallFailure.precondition("no OCI runtime works here: " + refused);
    }
    throw CallFailure.invalid(
        "runtime_handler " + name + " is not configured; there are " + working.keySet());
  }

  /**
   * The runtime with which something was made: it ends and removes containers also where it makes
   * no new ones any more, and where neither its table nor its program is there.
   */
  public ContainerRuntime get(String name) {
    ContainerRuntime runtime = known.get(name);
    return runtime != null ? runtime : gone.computeIfAbsent(name, departed);
  }

  @Override
  public void close() {
    known.values().forEach(ContainerRuntime::close);
    gone.values().forEach(ContainerRuntime::close);
  }
}
