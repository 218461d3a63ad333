package dev.gantry.agent.manifest;

import dev.gantry.agent.api.ConfigMap;
import dev.gantry.agent.api.Deployment;
import dev.gantry.agent.api.DeploymentSpec;
import dev.gantry.agent.api.Event;
import dev.gantry.agent.api.Json;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.LabelSelector;
import dev.gantry.agent.api.ObjectMeta;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodStatus;
import dev.gantry.agent.api.PodTemplateSpec;
import dev.gantry.agent.api.RestartPolicy;
import dev.gantry.agent.api.RuntimeClass;
import dev.gantry.agent.api.Scheduling;
import dev.gantry.agent.api.Secret;
import dev.gantry.agent.api.Shape;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The API server's validation of new objects, with its words. */
final class Validation {
  /** The most bytes that a ConfigMap or Secret holds. */
  private static final long MAX_DATA = 1 << 20;

  private static final int MAX_REPLICAS = 1000;
  private static final int MAX_ANNOTATIONS = 256 << 10;

  private static final Map<String, List<String>> KEYS_OF_TYPE =
      Map.of(
          "kubernetes.io/dockerconfigjson", List.of(".dockerconfigjson"),
          "kubernetes.io/dockercfg", List.of(".dockercfg"),
          "kubernetes.io/tls", List.of("tls.crt", "tls.key"),
          "kubernetes.io/ssh-auth", List.of("ssh-privatekey"));

  private Validation() {}

  /** The object as a new one: without what the API server sets itself. */
  static KubeObject prepared(KubeObject object) {
    return switch (object) {
      case Pod pod ->
          pod.withMetadata(fresh(pod.metadata()))
              .withSpec(PodDefaults.of(pod.spec()))
              .withStatus(PodStatus.none());
      case ConfigMap map -> map.withMetadata(fresh(map.metadata()));
      case Secret secret -> secret.withMetadata(fresh(secret.metadata()));
      case RuntimeClass type -> type.withMetadata(fresh(type.metadata()).withNamespace(""));
      case Deployment deployment -> prepared(deployment);
      case Event event -> event;
    };
  }

  private static Deployment prepared(Deployment deployment) {
    PodTemplateSpec template = deployment.spec().template();
    return deployment
        .withMetadata(fresh(deployment.metadata()))
        .withSpec(
            deployment
                .spec()
                .withTemplate(
                    new PodTemplateSpec(template.metadata(), PodDefaults.of(template.spec()))));
  }

  private static ObjectMeta fresh(ObjectMeta given) {
    return Shape.empty(ObjectMeta.class)
        .withName(given.name())
        .withNamespace(given.namespace())
        .withLabels(given.labels())
        .withAnnotations(given.annotations());
  }

  /** Reports everything that is wrong with the object. */
  static void validate(KubeObject object, Report report) {
    metadata(object.metadata(), "metadata", report, true);
    switch (object) {
      case Pod pod -> PodValidation.validate(pod.spec(), "spec", report);
      case ConfigMap map -> configMap(map, report);
      case Secret secret -> secret(secret, report);
      case RuntimeClass type -> runtimeClass(type, report);
      case Deployment deployment -> deployment(deployment, report);
      case Event event -> report.add("kind", "events are not declared: remove it");
    }
  }

  private static void metadata(ObjectMeta metadata, String path, Report report, boolean named) {
    if (named && metadata.name().isEmpty()) {
      report.add(
          path + ".name",
          "Required value: give it a name, so that applying it again means the same object");
    } else if (named) {
      Syntax.check(report, path + ".name", metadata.name(), Syntax.subdomain(metadata.name()));
    }
    if (!metadata.namespace().isEmpty()) {
      Syntax.check(
          report, path + ".namespace", metadata.namespace(), Syntax.label(metadata.namespace()));
    }
    labels(metadata.labels(), path + ".labels", report);
    int size = 0;
    for (Map.Entry<String, String> one : metadata.annotations().entrySet()) {
      String at = path + ".annotations[" + one.getKey() + "]";
      Syntax.check(
          report,
          at,
          one.getKey(),
          Syntax.qualifiedName(one.getKey().toLowerCase(java.util.Locale.ROOT)));
      if (one.getKey().equals(dev.gantry.agent.podspec.PodConfigs.HANDLER_ANNOTATION)) {
        report.add(at, "Forbidden: set by the node; write spec.runtimeClassName instead");
      }
      size += one.getKey().length() + one.getValue().length();
    }
    if (size > MAX_ANNOTATIONS) {
      report.add(path + ".annotations", "Too long: may not be more than 262144 bytes");
    }
  }

  static void labels(Map<String, String> labels, String path, Report report) {
    labels.forEach((key, value) -> {
      String at = path + "[" + key + "]";
      Syntax.check(report, at, key, Syntax.qualifiedName(key));
      Syntax.check(report, at, value, Syntax.labelValue(value));
    });
  }

  private static void configMap(ConfigMap map, Report report) {
    long size = 0;
    for (Map.Entry<String, String> one : map.data().entrySet()) {
      Syntax.check(report, "data[" + one.getKey() + "]", one.getKey(), Syntax.key(one.getKey()));
      if (map.binaryData().containsKey(one.getKey())) {
        report.add(
            "data[" + one.getKey() + "]",
            Syntax.invalid(one.getKey(), "duplicate of key present in binaryData"));
      }
      size += one.getValue().length();
    }
    for (String key : map.binaryData().keySet()) {
      Syntax.check(report, "binaryData[" + key + "]", key, Syntax.key(key));
      size += map.binaryData().get(key).base64().length() / 4L * 3;
    }
    tooLong("data", size, report);
  }

  private static void tooLong(String field, long size, Report report) {
    if (size > MAX_DATA) {
      report.add(field, "Too long: may not be more than 1048576 bytes in all");
    }
  }

  private static void secret(Secret secret, Report report) {
    long size = 0;
    for (String key : secret.data().keySet()) {
      Syntax.check(report, "data[" + key + "]", key, Syntax.key(key));
      size += secret.data().get(key).base64().length() / 4L * 3;
    }
    tooLong("data", size, report);
    for (String key : KEYS_OF_TYPE.getOrDefault(secret.type(), List.of())) {
      if (!secret.data().containsKey(key)) {
        report.add("data[" + key + "]", "Required value: a Secret of type " + secret.type());
      }
    }
  }

  private static void runtimeClass(RuntimeClass type, Report report) {
    if (type.handler().isEmpty()) {
      report.add("handler", "Required value: the name of a handler of the runtime, as runc");
    } else {
      Syntax.check(report, "handler", type.handler(), Syntax.label(type.handler()));
    }
    if (type.overhead() != null) {
      ResourceValidation.amounts(type.overhead().podFixed(), "overhead.podFixed", report);
    }
    Scheduling scheduling = type.scheduling();
    if (scheduling != null) {
      labels(scheduling.nodeSelector(), "scheduling.nodeSelector", report);
      SchedulingValidation.tolerations(scheduling.tolerations(), "scheduling.tolerations", report);
    }
  }

  private static void deployment(Deployment deployment, Report report) {
    DeploymentSpec spec = deployment.spec();
    if (spec.replicas() < 0) {
      report.add(
          "spec.replicas", Syntax.invalid(spec.replicas(), "must be greater than or equal to 0"));
    } else if (spec.replicas() > MAX_REPLICAS) {
      report.add(
          "spec.replicas", Syntax.invalid(spec.replicas(), "one node has room for 1000 at most"));
    }
    metadata(spec.template().metadata(), "spec.template.metadata", report, false);
    selector(spec.selector(), spec.template().metadata().labels(), report);
    if (spec.template().spec().restartPolicy() != RestartPolicy.Always) {
      report.add(
          "spec.template.spec.restartPolicy",
          Syntax.unsupported(spec.template().spec().restartPolicy().toString(), Set.of("Always")));
    }
    if (spec.template().spec().activeDeadlineSeconds() != null) {
      report.add(
          "spec.template.spec.activeDeadlineSeconds",
          "Forbidden: activeDeadlineSeconds in a Deployment is not supported");
    }
    notNegative(spec.minReadySeconds(), "spec.minReadySeconds", report);
    notNegative(spec.revisionHistoryLimit(), "spec.revisionHistoryLimit", report);
    PodValidation.validate(spec.template().spec(), "spec.template.spec", report);
  }

  static void notNegative(long value, String field, Report report) {
    if (value < 0) {
      report.add(field, Syntax.invalid(value, "must be greater than or equal to 0"));
    }
  }

  private static void selector(
      @Nullable LabelSelector selector, Map<String, String> labels, Report report) {
    if (selector == null
        || (selector.matchLabels().isEmpty() && selector.matchExpressions().isEmpty())) {
      report.add("spec.selector", "Required value: the labels of the template");
      return;
    }
    labels(selector.matchLabels(), "spec.selector.matchLabels", report);
    if (!selector.matches(labels)) {
      report.add(
          "spec.template.metadata.labels",
          Syntax.invalid(Json.write(labels), "`selector` does not match template `labels`"));
    }
  }
}
