package dev.gantry.cli.node;

import dev.gantry.agent.api.ConditionStatus;
import dev.gantry.agent.api.ContainerStateTerminated;
import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.Deployment;
import dev.gantry.agent.api.Event;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodCondition;
import dev.gantry.agent.http.Applied;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** How pods are now, in words that do not depend on when one looks. */
final class PodEnds {
  private final TestNode node;
  private final List<KubeObject> all;
  private final List<Event> events;

  PodEnds(TestNode node) {
    this.node = node;
    this.all = node.client().objects();
    this.events = node.client().events();
  }

  /** Those of objects that were applied. */
  String of(List<Applied> applied) {
    StringBuilder text = new StringBuilder();
    for (Applied one : applied) {
      if (one.outcome().equals("refused")) {
        text.append(one.kind() + "/" + one.name() + " is refused: " + one.message() + "\n");
      }
    }
    for (KubeObject object : all) {
      if (object instanceof Pod pod && applied.stream().anyMatch(a -> belongs(pod, a))) {
        pod(pod, text);
      }
    }
    return text.toString();
  }

  private boolean belongs(Pod pod, Applied applied) {
    return pod.metadata().uid().equals(applied.uid())
        || all.stream()
            .filter(o -> o instanceof Deployment d && d.metadata().uid().equals(applied.uid()))
            .anyMatch(o -> Owners.isWanted(pod, (Deployment) o));
  }

  private void pod(Pod pod, StringBuilder text) {
    PodSummary summary = new PodSummary(pod, Instant.now());
    text.append("%s  %s  %s%n".formatted(pod.metadata().name(), summary.ready(), summary.status()));
    text.append("  phase ").append(pod.status().phase());
    text.append(pod.status().reason().isEmpty() ? "" : " " + pod.status().reason());
    text.append(pod.status().message().isEmpty() ? "" : ": " + message(pod));
    text.append(", QoS ").append(pod.status().qosClass()).append('\n');
    String conditions =
        pod.status().conditions().stream()
            .filter(c -> c.status() != ConditionStatus.True)
            .map(PodEnds::condition)
            .collect(Collectors.joining(", "));
    text.append(conditions.isEmpty() ? "" : "  not " + conditions + "\n");
    for (ContainerStatus status : PodTarget.statuses(pod)) {
      container(pod, status, text);
    }
    String warnings = summary.isReady() ? "" : warnings(pod);
    text.append(warnings.isEmpty() ? "" : "  warnings: " + warnings + "\n");
  }

  /** Without what depends on this machine and on the other pods. */
  private static String message(Pod pod) {
    return pod.status().message().replaceAll("(used|capacity): \\d+", "$1: N");
  }

  /** The reasons of its warnings. */
  private String warnings(Pod pod) {
    return events.stream()
        .filter(e -> e.involvedObject().uid().equals(pod.metadata().uid()))
        .filter(e -> e.type().equals("Warning"))
        .map(Event::reason)
        .distinct()
        .sorted()
        .collect(Collectors.joining(", "));
  }

  private static String condition(PodCondition condition) {
    return condition.type() + (condition.reason().isEmpty() ? "" : " (" + condition.reason() + ")");
  }

  private void container(Pod pod, ContainerStatus status, StringBuilder text) {
    text.append("  ").append(status.name()).append(": ");
    var state = status.state();
    if (state.waiting() != null) {
      text.append("waiting ").append(state.waiting().reason());
    } else if (state.running() != null) {
      text.append(status.ready() ? "running, ready" : "running, not ready");
    } else if (state.terminated() != null) {
      text.append("ended ").append(end(state.terminated()));
    }
    ContainerStateTerminated last = status.lastState().terminated();
    text.append(last == null ? "" : "; before " + end(last));
    text.append(status.restartCount() > 0 ? "; restarted" : "").append('\n');
    if (state.terminated() != null && !status.containerID().isEmpty()) {
      String name = pod.metadata().name();
      node.gantry()
          .line("logs " + name + " -c " + status.name())
          .out()
          .lines()
          .forEach(line -> text.append("    | ").append(line).append('\n'));
    }
  }

  private static String end(ContainerStateTerminated end) {
    String message = Objects.requireNonNullElse(end.message(), "").strip().replace("\n", "\\n");
    return end.reason() + " " + end.exitCode() + (message.isEmpty() ? "" : " \"" + message + "\"");
  }
}
