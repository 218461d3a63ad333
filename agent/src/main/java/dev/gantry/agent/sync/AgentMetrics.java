package dev.gantry.agent.sync;

import dev.gantry.agent.api.ContainerStatus;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.api.PodPhase;
import dev.gantry.agent.pleg.BoundedChannel;
import dev.gantry.agent.pleg.Pleg;
import dev.gantry.agent.pleg.PlegThreads;
import java.util.List;
import java.util.Locale;

/** The agent's metrics, by the kubelet's names where it has them. */
final class AgentMetrics {
  private final StringBuilder out = new StringBuilder();

  private AgentMetrics() {}

  static String of(List<Pod> pods, Pleg pleg, PlegThreads threads, BoundedChannel<?> channel) {
    AgentMetrics metrics = new AgentMetrics();
    metrics.head("kubelet_desired_pods", "gauge", "Pods that are declared and admitted");
    metrics.line("kubelet_desired_pods", "", pods.size());
    metrics.head("kubelet_running_pods", "gauge", "Pods by phase Running");
    metrics.line("kubelet_running_pods", "", count(pods, PodPhase.Running));
    metrics.head("gantry_agent_pods", "gauge", "Pods by phase");
    for (PodPhase phase : PodPhase.values()) {
      String label = "{phase=\"" + phase.name().toLowerCase(Locale.ROOT) + "\"}";
      metrics.line("gantry_agent_pods", label, count(pods, phase));
    }
    List<ContainerStatus> containers =
        pods.stream().flatMap(p -> p.status().containerStatuses().stream()).toList();
    metrics.head("kubelet_running_containers", "gauge", "Containers that run");
    metrics.line(
        "kubelet_running_containers",
        "{container_state=\"running\"}",
        containers.stream().filter(c -> c.state().running() != null).count());
    metrics.head("gantry_agent_container_restarts", "gauge", "Restarts of all containers");
    metrics.line(
        "gantry_agent_container_restarts",
        "",
        containers.stream().mapToLong(ContainerStatus::restartCount).sum());
    metrics.head("kubelet_pleg_discard_events", "counter", "Events that found no room");
    metrics.line("kubelet_pleg_discard_events", "", channel.discarded());
    metrics.head("kubelet_pleg_last_seen_seconds", "gauge", "When all pods were last listed");
    metrics.line("kubelet_pleg_last_seen_seconds", "", pleg.lastRelist().getEpochSecond());
    metrics.head("gantry_agent_pleg_evented", "gauge", "Whether the runtime tells of changes");
    metrics.line("gantry_agent_pleg_evented", "", threads.evented() ? 1 : 0);
    return metrics.out.toString();
  }

  private static long count(List<Pod> pods, PodPhase phase) {
    return pods.stream().filter(p -> p.status().phase() == phase).count();
  }

  private void head(String name, String type, String help) {
    out.append("# HELP ").append(name).append(' ').append(help).append('\n');
    out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
  }

  private void line(String name, String labels, long value) {
    out.append(name).append(labels).append(' ').append(value).append('\n');
  }
}
