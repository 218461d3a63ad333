package dev.gantry.agent.podspec;

import dev.gantry.agent.api.Bytes;
import dev.gantry.agent.api.ConfigMap;
import dev.gantry.agent.api.ConfigMapEnvSource;
import dev.gantry.agent.api.ConfigMapKeySelector;
import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.EnvFromSource;
import dev.gantry.agent.api.EnvVar;
import dev.gantry.agent.api.EnvVarSource;
import dev.gantry.agent.api.ObjectSource;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.Secret;
import dev.gantry.agent.api.SecretEnvSource;
import dev.gantry.agent.api.SecretKeySelector;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The environment of a container. */
public final class Environment {
  private final Pod pod;
  private final Container container;
  private final ObjectSource objects;
  private final NodeFacts node;
  private final List<String> podIps;
  private final Map<String, String> variables = new LinkedHashMap<>();

  private Environment(
      Pod pod, Container container, ObjectSource objects, NodeFacts node, List<String> podIps) {
    this.pod = pod;
    this.container = container;
    this.objects = objects;
    this.node = node;
    this.podIps = podIps;
  }

  /**
   * The variables in the order of the container: {@code envFrom}, then {@code env} with its {@code
   * $(VAR)} expanded by what stands before it.
   *
   * @param podIps the sandbox's addresses, for {@code status.podIP}
   * @throws ContainerConfigException what is missing
   */
  public static Map<String, String> resolve(
      Pod pod, Container container, ObjectSource objects, NodeFacts node, List<String> podIps)
      throws ContainerConfigException {
    Environment environment = new Environment(pod, container, objects, node, podIps);
    for (EnvFromSource source : container.envFrom()) {
      environment.addAll(source);
    }
    for (EnvVar variable : container.env()) {
      environment.add(variable);
    }
    return environment.variables;
  }

  private void addAll(EnvFromSource source) throws ContainerConfigException {
    ConfigMapEnvSource map = source.configMapRef();
    SecretEnvSource secret = source.secretRef();
    if (map != null) {
      configMap(map.name(), map.optional())
          .ifPresent(found ->
              found.data().forEach((key, value) -> variables.put(source.prefix() + key, value)));
    } else if (secret != null) {
      secret(secret.name(), secret.optional())
          .ifPresent(found ->
              found
                  .data()
                  .forEach((key, value) -> variables.put(source.prefix() + key, value.text())));
    }
  }

  private void add(EnvVar variable) throws ContainerConfigException {
    EnvVarSource source = variable.valueFrom();
    if (!variable.value().isEmpty() || source == null) {
      variables.put(variable.name(), Expansion.expand(variable.value(), variables));
      return;
    }
    Optional<String> value = valueFrom(source);
    value.ifPresent(found -> variables.put(variable.name(), found));
  }

  /** The value, or nothing where what is missing is optional. */
  private Optional<String> valueFrom(EnvVarSource source) throws ContainerConfigException {
    if (source.fieldRef() != null) {
      return Optional.of(DownwardApi.field(source.fieldRef(), pod, node, podIps));
    }
    if (source.resourceFieldRef() != null) {
      return Optional.of(DownwardApi.resource(source.resourceFieldRef(), pod, container, node));
    }
    if (source.configMapKeyRef() != null) {
      return fromConfigMap(source.configMapKeyRef());
    }
    return source.secretKeyRef() == null ? Optional.of("") : fromSecret(source.secretKeyRef());
  }

  private Optional<String> fromConfigMap(ConfigMapKeySelector key) throws ContainerConfigException {
    Optional<ConfigMap> map = configMap(key.name(), key.optional());
    Optional<String> value = map.map(found -> found.data().get(key.key()));
    if (map.isPresent() && value.isEmpty() && !isOptional(key.optional())) {
      throw missingKey(key.key(), "ConfigMap", key.name());
    }
    return value;
  }

  private Optional<String> fromSecret(SecretKeySelector key) throws ContainerConfigException {
    Optional<Secret> secret = secret(key.name(), key.optional());
    Optional<String> value = secret.map(found -> found.data().get(key.key())).map(Bytes::text);
    if (secret.isPresent() && value.isEmpty() && !isOptional(key.optional())) {
      throw missingKey(key.key(), "Secret", key.name());
    }
    return value;
  }

  private Optional<ConfigMap> configMap(String name, @Nullable Boolean optional)
      throws ContainerConfigException {
    Optional<ConfigMap> found = objects.configMap(pod.metadata().namespace(), name);
    if (found.isEmpty() && !isOptional(optional)) {
      throw new ContainerConfigException("configmap \"" + name + "\" not found");
    }
    return found;
  }

  private Optional<Secret> secret(String name, @Nullable Boolean optional)
      throws ContainerConfigException {
    Optional<Secret> found = objects.secret(pod.metadata().namespace(), name);
    if (found.isEmpty() && !isOptional(optional)) {
      throw new ContainerConfigException("secret \"" + name + "\" not found");
    }
    return found;
  }

  private ContainerConfigException missingKey(String key, String kind, String name) {
    return new ContainerConfigException(
        "couldn't find key " + key + " in " + kind + " " + pod.metadata().namespace() + "/" + name);
  }

  private static boolean isOptional(@Nullable Boolean optional) {
    return Boolean.TRUE.equals(optional);
  }
}
