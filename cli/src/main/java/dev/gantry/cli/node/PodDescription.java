package dev.gantry.cli.node;

import dev.gantry.agent.api.Container;
import dev.gantry.agent.api.ContainerPort;
import dev.gantry.agent.api.ContainerState;
import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.EphemeralContainer;
import dev.gantry.agent.api.Event;
import dev.gantry.agent.api.Json;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodCondition;
import dev.gantry.agent.api.Volume;
import dev.gantry.agent.api.VolumeMount;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A pod as {@code kubectl describe} shows it. */
public final class PodDescription {
  private final Pod pod;
  private final List<Event> events;
  private final PrintStream out;

  public PodDescription(Pod pod, List<Event> events, PrintStream out) {
    this.pod = pod;
    this.events = List.copyOf(events);
    this.out = out;
  }

  /** Prints it. */
  public void print() {
    line(0, "Name", pod.metadata().name());
    line(0, "Namespace", pod.metadata().namespace());
    line(0, "Runtime Class Name", pod.spec().runtimeClassName());
    line(0, "Node", pod.spec().nodeName());
    line(0, "Start Time", Objects.toString(pod.status().startTime(), ""));
    map("Labels", pod.metadata().labels());
    map("Annotations", pod.metadata().annotations());
    PodSummary summary = new PodSummary(pod, Instant.now());
    line(0, "Status", summary.status());
    line(0, "Reason", pod.status().reason());
    line(0, "Message", pod.status().message());
    line(0, "IP", pod.status().podIP());
    containers(
        "Init Containers", pod.spec().initContainers(), pod.status().initContainerStatuses());
    containers("Containers", pod.spec().containers(), pod.status().containerStatuses());
    containers(
        "Ephemeral Containers",
        pod.spec().ephemeralContainers().stream().map(EphemeralContainer::container).toList(),
        pod.status().ephemeralContainerStatuses());
    out.println("Conditions:");
    for (PodCondition condition : pod.status().conditions()) {
      String why = condition.reason().isEmpty() ? "" : "  " + condition.reason();
      String message = condition.message().isEmpty() ? "" : ": " + condition.message();
      out.printf("  %-27s %s%s%s%n", condition.type(), condition.status(), why, message);
    }
    if (!pod.spec().volumes().isEmpty()) {
      out.println("Volumes:");
      for (Volume volume : pod.spec().volumes()) {
        out.println("  " + Json.write(volume));
      }
    }
    line(0, "QoS Class", Objects.toString(pod.status().qosClass(), ""));
    map("Node-Selectors", pod.spec().nodeSelector());
    events();
  }

  private void line(int depth, String name, String value) {
    if (!value.isEmpty()) {
      out.printf("%s%-" + (20 - depth) + "s %s%n", " ".repeat(depth), name + ":", value);
    }
  }

  private void map(String name, Map<String, String> values) {
    String shown = name;
    for (Map.Entry<String, String> entry : values.entrySet()) {
      out.printf(
          "%-20s %s=%s%n", shown.isEmpty() ? "" : shown + ":", entry.getKey(), entry.getValue());
      shown = "";
    }
  }

  private void containers(
      String title, List<Container> containers, List<ContainerStatus> statuses) {
    if (containers.isEmpty()) {
      return;
    }
    out.println(title + ":");
    for (Container container : containers) {
      out.println("  " + container.name() + ":");
      ContainerStatus status =
          statuses.stream().filter(s -> s.name().equals(container.name())).findFirst().orElse(null);
      container(container, status);
    }
  }

  private void container(Container container, @Nullable ContainerStatus status) {
    if (status != null) {
      line(4, "Container ID", status.containerID());
    }
    line(4, "Image", container.image());
    if (status != null) {
      line(4, "Image ID", status.imageID());
    }
    for (ContainerPort port : container.ports()) {
      String host = port.hostPort() == 0 ? "" : " (host port " + port.hostPort() + ")";
      line(4, "Port", port.containerPort() + "/" + port.protocol() + host);
    }
    line(4, "Command", String.join(" ", container.command()));
    line(4, "Args", String.join(" ", container.args()));
    if (status != null) {
      state("State", status.state());
      state("Last State", status.lastState());
      line(4, "Ready", status.ready() ? "True" : "False");
      line(4, "Restart Count", "" + status.restartCount());
    }
    container.resources().limits().forEach((k, v) -> line(4, "Limit " + k, v.toString()));
    container.resources().requests().forEach((k, v) -> line(4, "Request " + k, v.toString()));
    for (VolumeMount mount : container.volumeMounts()) {
      line(
          4,
          "Mount",
          mount.mountPath() + " from " + mount.name() + (mount.readOnly() ? " (ro)" : " (rw)"));
    }
  }

  private void state(String title, ContainerState state) {
    if (state.running() != null) {
      line(4, title, "Running");
      line(6, "Started", Objects.toString(state.running().startedAt(), ""));
    } else if (state.waiting() != null) {
      line(4, title, "Waiting");
      line(6, "Reason", state.waiting().reason());
      line(6, "Message", state.waiting().message());
    } else if (state.terminated() != null) {
      line(4, title, "Terminated");
      line(6, "Reason", state.terminated().reason());
      line(6, "Message", state.terminated().message().strip());
      line(6, "Exit Code", "" + state.terminated().exitCode());
      line(6, "Started", Objects.toString(state.terminated().startedAt(), ""));
      line(6, "Finished", Objects.toString(state.terminated().finishedAt(), ""));
    }
  }

  private void events() {
    List<Event> mine =
        events.stream().filter(e -> e.involvedObject().uid().equals(pod.metadata().uid())).toList();
    if (mine.isEmpty()) {
      out.println("Events:              <none>");
      return;
    }
    out.println("Events:");
    out.printf("  %-8s %-23s %-20s %s%n", "Type", "Reason", "Age", "Message");
    Instant now = Instant.now();
    for (Event event : mine) {
      Instant last = Objects.requireNonNullElse(event.lastTimestamp(), now);
      Instant first = Objects.requireNonNullElse(event.firstTimestamp(), last);
      String age = PodSummary.duration(Duration.between(last, now));
      String times =
          event.count() > 1
              ? age
                  + " (x"
                  + event.count()
                  + " over "
                  + PodSummary.duration(Duration.between(first, now))
                  + ")"
              : age;
      out.printf(
          "  %-8s %-23s %-20s %s%n", event.type(), event.reason(), times, event.message().strip());
    }
  }
}
