package dev.gantry.agent.podspec;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ObjectSource;
import dev.gantry.agent.api.Pod;
import java.util.List;
import java.util.Map;

/** The environment of a container. */
@SuppressWarnings("DoNotCallSuggester")
public final class Environment {
  private Environment() {}

  /**
   * The variables in the order of the container: {@code envFrom}, then {@code env} with its {@code
   * $(VAR)} expanded.
   *
   * @param podIps the sandbox's addresses, for {@code status.podIP}
   * @throws ContainerConfigException what is missing
   */
  public static Map<String, String> resolve(
      Pod pod, Container container, ObjectSource objects, NodeFacts node, List<String> podIps)
      throws ContainerConfigException {
    throw new UnsupportedOperationException(pod.reference() + container + objects + node + podIps);
  }
}
