package dev.gantry.cli.node;

import dev.gantry.agent.api.ConfigMap;
import dev.gantry.agent.api.Deployment;
import dev.gantry.agent.api.Event;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.RuntimeClass;
import dev.gantry.agent.api.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The columns of {@code kubectl get}.
 *
 * @param wide with the columns of {@code -o wide}
 * @param namespaces with the namespace in front
 * @param labels with the labels at the end
 */
public record ObjectTable(boolean wide, boolean namespaces, boolean labels) {
  /** The column that changes all the time. */
  public static final String AGE = "AGE";

  private static final String LAST_SEEN = "LAST SEEN";

  /** The names of a kind's columns. */
  public List<String> header(String kind) {
    List<String> header = new ArrayList<>(columns(kind));
    if (namespaces && !kind.equals("RuntimeClass")) {
      header.addFirst("NAMESPACE");
    }
    if (labels) {
      header.add("LABELS");
    }
    return header;
  }

  /** Whether a column changes by itself, so that a change of it is none. */
  public static boolean isClock(String column) {
    return column.equals(AGE) || column.equals(LAST_SEEN);
  }

  private List<String> columns(String kind) {
    return switch (kind) {
      case "Pod" ->
          wide
              ? List.of("NAME", "READY", "STATUS", "RESTARTS", AGE, "IP", "NODE")
              : List.of("NAME", "READY", "STATUS", "RESTARTS", AGE);
      case "Deployment" -> List.of("NAME", "READY", "UP-TO-DATE", "AVAILABLE", AGE);
      case "ConfigMap" -> List.of("NAME", "DATA", AGE);
      case "Secret" -> List.of("NAME", "TYPE", "DATA", AGE);
      case "RuntimeClass" -> List.of("NAME", "HANDLER", AGE);
      default -> List.of(LAST_SEEN, "TYPE", "REASON", "OBJECT", "MESSAGE");
    };
  }

  /**
   * An object's row.
   *
   * @param all every object, for those that are counted
   */
  public List<String> row(KubeObject object, List<KubeObject> all) {
    List<String> row = new ArrayList<>(cells(object, all));
    if (namespaces && !(object instanceof RuntimeClass)) {
      row.addFirst(object.metadata().namespace());
    }
    if (labels) {
      String text =
          object.metadata().labels().entrySet().stream()
              .map(e -> e.getKey() + "=" + e.getValue())
              .collect(Collectors.joining(","));
      row.add(text.isEmpty() ? "<none>" : text);
    }
    return row;
  }

  private List<String> cells(KubeObject object, List<KubeObject> all) {
    String name = object.metadata().name();
    return switch (object) {
      case Pod pod -> pod(pod);
      case Deployment deployment -> deployment(deployment, all);
      case ConfigMap map ->
          List.of(name, "" + (map.data().size() + map.binaryData().size()), age(object));
      case Secret secret -> List.of(name, secret.type(), "" + secret.data().size(), age(object));
      case RuntimeClass type -> List.of(name, type.handler(), age(object));
      case Event event ->
          List.of(
              since(event.lastTimestamp()),
              event.type(),
              event.reason(),
              "pod/" + event.involvedObject().name(),
              event.message().strip());
    };
  }

  private List<String> pod(Pod pod) {
    PodSummary summary = new PodSummary(pod, Instant.now());
    List<String> row =
        new ArrayList<>(
            List.of(
                pod.metadata().name(),
                summary.ready(),
                summary.status(),
                summary.restarts(),
                summary.age()));
    if (wide) {
      row.add(pod.status().podIP().isEmpty() ? "<none>" : pod.status().podIP());
      row.add(pod.spec().nodeName().isEmpty() ? "<none>" : pod.spec().nodeName());
    }
    return row;
  }

  private static List<String> deployment(Deployment deployment, List<KubeObject> all) {
    List<Pod> pods =
        all.stream()
            .filter(Pod.class::isInstance)
            .map(Pod.class::cast)
            .filter(p -> p.metadata().namespace().equals(deployment.metadata().namespace()))
            .filter(p -> p.metadata().deletionTimestamp() == null)
            .filter(p -> Owners.isOf(p, deployment.metadata().name()))
            .toList();
    long ready = pods.stream().filter(p -> new PodSummary(p, Instant.now()).isReady()).count();
    long present = pods.stream().filter(p -> Owners.isWanted(p, deployment)).count();
    return List.of(
        deployment.metadata().name(),
        ready + "/" + deployment.spec().replicas(),
        "" + present,
        "" + ready,
        age(deployment));
  }

  private static String age(KubeObject object) {
    return since(object.metadata().creationTimestamp());
  }

  private static String since(@Nullable Instant moment) {
    return moment == null
        ? "<unknown>"
        : PodSummary.duration(Duration.between(moment, Instant.now()));
  }
}
