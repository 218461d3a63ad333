package dev.gantry.agent.manifest;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.EnvFromSource;
import dev.gantry.agent.api.EnvVar;
import dev.gantry.agent.api.EnvVarSource;
import dev.gantry.agent.api.ObjectFieldSelector;
import dev.gantry.agent.api.ResourceFieldSelector;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The environment of containers, and what it and volumes can say about the pod. */
final class EnvValidation {
  private static final Set<String> ENV_FIELDS =
      Set.of(
          "metadata.name",
          "metadata.namespace",
          "metadata.uid",
          "spec.nodeName",
          "spec.serviceAccountName",
          "status.hostIP",
          "status.hostIPs",
          "status.podIP",
          "status.podIPs");
  private static final Set<String> VOLUME_FIELDS =
      Set.of(
          "metadata.name",
          "metadata.namespace",
          "metadata.labels",
          "metadata.annotations",
          "metadata.uid");
  private static final Set<String> RESOURCES =
      Set.of(
          "limits.cpu",
          "limits.memory",
          "limits.ephemeral-storage",
          "requests.cpu",
          "requests.memory",
          "requests.ephemeral-storage");
  private static final Set<String> CPU_DIVISORS = Set.of("0", "1m", "1");
  private static final Set<String> BYTE_DIVISORS =
      Set.of(
          "0", "1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei");

  private EnvValidation() {}

  static void container(Container container, String path, Report report) {
    for (int i = 0; i < container.env().size(); i++) {
      variable(container.env().get(i), path + ".env[" + i + "]", report);
    }
    for (int i = 0; i < container.envFrom().size(); i++) {
      from(container.envFrom().get(i), path + ".envFrom[" + i + "]", report);
    }
  }

  private static void variable(EnvVar variable, String at, Report report) {
    if (variable.name().isEmpty()) {
      report.add(at + ".name", "Required value");
    } else {
      Syntax.check(report, at + ".name", variable.name(), Syntax.envName(variable.name()));
    }
    EnvVarSource source = variable.valueFrom();
    if (source == null) {
      return;
    }
    if (!variable.value().isEmpty()) {
      report.add(
          at + ".valueFrom", "Invalid value: may not be specified when `value` is not empty");
    }
    long sources =
        Stream.of(
                source.fieldRef(),
                source.resourceFieldRef(),
                source.configMapKeyRef(),
                source.secretKeyRef())
            .filter(Objects::nonNull)
            .count();
    if (sources != 1) {
      report.add(
          at + ".valueFrom",
          sources == 0
              ? "Invalid value: must specify one of: `fieldRef`, `resourceFieldRef`,"
                  + " `configMapKeyRef` or `secretKeyRef`"
              : "Invalid value: may not have more than one field specified at a time");
    }
    field(source.fieldRef(), ENV_FIELDS, at + ".valueFrom.fieldRef", report);
    resource(source.resourceFieldRef(), false, at + ".valueFrom.resourceFieldRef", report);
    if (source.configMapKeyRef() != null) {
      key(
          source.configMapKeyRef().name(),
          source.configMapKeyRef().key(),
          at + ".valueFrom.configMapKeyRef",
          report);
    }
    if (source.secretKeyRef() != null) {
      key(
          source.secretKeyRef().name(),
          source.secretKeyRef().key(),
          at + ".valueFrom.secretKeyRef",
          report);
    }
  }

  private static void key(String name, String key, String at, Report report) {
    objectName(name, at + ".name", report);
    if (key.isEmpty()) {
      report.add(at + ".key", "Required value");
    } else {
      Syntax.check(report, at + ".key", key, Syntax.key(key));
    }
  }

  static void objectName(String name, String at, Report report) {
    if (name.isEmpty()) {
      report.add(at, "Required value");
    } else {
      Syntax.check(report, at, name, Syntax.subdomain(name));
    }
  }

  private static void from(EnvFromSource source, String at, Report report) {
    Syntax.check(report, at + ".prefix", source.prefix(), Syntax.envName(source.prefix()));
    if ((source.configMapRef() == null) == (source.secretRef() == null)) {
      report.add(
          at,
          source.configMapRef() == null
              ? "Invalid value: must specify one of: `configMapRef` or `secretRef`"
              : "Invalid value: may not have more than one field specified at a time");
    }
    if (source.configMapRef() != null) {
      objectName(source.configMapRef().name(), at + ".configMapRef.name", report);
    }
    if (source.secretRef() != null) {
      objectName(source.secretRef().name(), at + ".secretRef.name", report);
    }
  }

  static void volumeField(@Nullable ObjectFieldSelector selector, String at, Report report) {
    field(selector, VOLUME_FIELDS, at, report);
  }

  private static void field(
      @Nullable ObjectFieldSelector selector, Set<String> known, String at, Report report) {
    if (selector == null) {
      return;
    }
    String path = selector.fieldPath();
    if (!selector.apiVersion().equals("v1")) {
      report.add(at + ".apiVersion", Syntax.unsupported(selector.apiVersion(), List.of("v1")));
    }
    if (path.isEmpty()) {
      report.add(at + ".fieldPath", "Required value");
      return;
    }
    int bracket = path.indexOf("['");
    if (bracket > 0 && path.endsWith("']")) {
      String key = path.substring(bracket + 2, path.length() - 2);
      switch (path.substring(0, bracket)) {
        case "metadata.annotations" ->
            Syntax.check(
                report,
                at + ".fieldPath",
                path,
                Syntax.qualifiedName(key.toLowerCase(Locale.ROOT)));
        case "metadata.labels" ->
            Syntax.check(report, at + ".fieldPath", path, Syntax.qualifiedName(key));
        default ->
            report.add(at + ".fieldPath", Syntax.invalid(path, "does not support subscript"));
      }
    } else if (!known.contains(path)) {
      report.add(at + ".fieldPath", Syntax.unsupported(path, known));
    }
  }

  /**
   * Checks a reference to a container's resource.
   *
   * @param named whether the container has to be named
   */
  static void resource(
      @Nullable ResourceFieldSelector selector, boolean named, String at, Report report) {
    if (selector == null) {
      return;
    }
    if (named && selector.containerName().isEmpty()) {
      report.add(at + ".containerName", "Required value");
    }
    String resource = selector.resource();
    boolean huge =
        resource.startsWith("limits.hugepages-") || resource.startsWith("requests.hugepages-");
    if (resource.isEmpty()) {
      report.add(at + ".resource", "Required value");
    } else if (!RESOURCES.contains(resource) && !huge) {
      report.add(at + ".resource", Syntax.unsupported(resource, RESOURCES));
    }
    if (selector.divisor() != null) {
      Set<String> divisors = resource.endsWith(".cpu") ? CPU_DIVISORS : BYTE_DIVISORS;
      String divisor = selector.divisor().toString();
      if (!divisors.contains(divisor)) {
        report.add(at + ".divisor", Syntax.unsupported(divisor, divisors));
      }
    }
  }
}
