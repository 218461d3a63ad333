package dev.gantry.agent.http;

import dev.gantry.agent.api.EphemeralContainer;
import dev.gantry.agent.api.Event;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.source.ObjectKey;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the API asks of the agent. */
public interface NodeApi {
  /** All pods, with their status. */
  List<Pod> pods();

  /** All declared objects, and the pods. */
  List<KubeObject> objects();

  /** All events. */
  List<Event> events();

  /** Takes objects as {@code kubectl apply} gives them. */
  List<Applied> apply(List<KubeObject> objects) throws IOException;

  /** Forgets an object, and ends its pods; false when there is none. */
  boolean delete(ObjectKey key, Optional<Duration> grace) throws IOException;

  /**
   * Adds an ephemeral container to a pod.
   *
   * @throws IllegalArgumentException when there is no such pod, or a container of that name
   */
  void debug(String namespace, String pod, EphemeralContainer container) throws IOException;

  /** What the node is: its name, endpoints, resources, problems of manifests. */
  Map<String, Object> node();

  /** Why the agent is not healthy; empty when it is. */
  List<String> problems();

  /** Metrics in Prometheus' text format. */
  String metrics();

  /** What pods use, as the kubelet's /stats/summary. */
  Map<String, Object> summary();
}
