package dev.gantry.agent.api;

import java.util.Optional;

/** Where the ConfigMaps and Secrets are that pods name. */
public interface ObjectSource {
  /** The ConfigMap of that name, if there is one now. */
  Optional<ConfigMap> configMap(String namespace, String name);

  /** The Secret of that name, if there is one now. */
  Optional<Secret> secret(String namespace, String name);
}
