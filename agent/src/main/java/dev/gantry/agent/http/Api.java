package dev.gantry.agent.http;

import dev.gantry.agent.api.EphemeralContainer;
import dev.gantry.agent.api.Json;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.source.ObjectCodec;
import dev.gantry.agent.source.ObjectKey;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which path does what. */
public final class Api {
  private final NodeApi node;

  public Api(NodeApi node) {
    this.node = node;
  }

  /** What anyone on this machine may see: what a kubelet's read-only port shows. */
  Response readOnly(Request request) {
    if (request.headers().containsKey("origin")) {
      return Response.error(403, "not for web pages");
    }
    if (!request.method().equals("GET")) {
      return Response.error(405, "this address is read-only");
    }
    return switch (request.path()) {
      case "/pods", "/pods/" -> Response.json(list("PodList", node.pods()));
      case "/healthz", "/healthz/" -> health();
      case "/metrics" -> new Response(200, "text/plain; version=0.0.4", node.metrics());
      case "/stats/summary" -> Response.json(Json.pretty(node.summary()));
      default -> Response.error(404, "404 page not found");
    };
  }

  private Response health() {
    List<String> problems = node.problems();
    return problems.isEmpty()
        ? Response.text("ok")
        : Response.error(500, String.join("\n", problems));
  }

  private static String list(String kind, List<? extends KubeObject> items) {
    Map<String, Object> list = new LinkedHashMap<>();
    list.put("kind", kind);
    list.put("apiVersion", "v1");
    list.put("metadata", Map.of());
    list.put("items", items);
    return Json.write(list);
  }

  /** What root may do. */
  Response local(Request request) throws IOException {
    return switch (request.method() + " " + request.path()) {
      case "GET /objects" -> Response.json(Json.write(node.objects()));
      case "GET /events" -> Response.json(list("EventList", node.events()));
      case "GET /node" -> Response.json(Json.write(node.node()));
      case "POST /apply" -> Response.json(apply(request));
      case "POST /debug" -> debug(request);
      case "DELETE /objects" -> delete(request);
      default -> readOnly(request);
    };
  }

  private String apply(Request request) throws IOException {
    return Json.write(node.apply(ObjectCodec.readAll(request.body())));
  }

  private Response debug(Request request) throws IOException {
    node.debug(
        parameter(request, "namespace"),
        parameter(request, "name"),
        ObjectCodec.record(EphemeralContainer.class, request.body()));
    return Response.json("{}");
  }

  private Response delete(Request request) throws IOException {
    ObjectKey key =
        new ObjectKey(
            parameter(request, "kind"),
            request.query().getOrDefault("namespace", ""),
            parameter(request, "name"));
    Optional<Duration> grace =
        Optional.ofNullable(request.query().get("grace"))
            .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)));
    return node.delete(key, grace) ? Response.json("{}") : Response.error(404, key + " not found");
  }

  private static String parameter(Request request, String name) {
    String value = request.query().get(name);
    if (value == null || value.isEmpty()) {
      throw new IllegalArgumentException("parameter " + name + " is missing");
    }
    return value;
  }
}
