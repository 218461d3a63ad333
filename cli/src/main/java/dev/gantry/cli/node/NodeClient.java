package dev.gantry.cli.node;

import dev.gantry.agent.api.EphemeralContainer;
import dev.gantry.agent.api.Event;
import dev.gantry.agent.api.Json;
import dev.gantry.agent.api.KubeObject;
import dev.gantry.agent.api.Pod;
import dev.gantry.agent.http.Applied;
import dev.gantry.agent.source.ObjectCodec;
import dev.gantry.agent.source.ObjectKey;
import dev.gantry.cli.CliFailure;
import dev.gantry.cri.json.ProtoJson;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A node's API, on its unix socket. */
public final class NodeClient {
  private static final int LARGEST = 256 << 20;

  private final Path socket;

  public NodeClient(Path socket) {
    this.socket = socket;
  }

  public Path socket() {
    return socket;
  }

  private record Answer(int status, String body) {}

  /** Whether a node answers there. */
  public boolean answers() {
    try {
      return exchange("GET", "/node", "").status() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** What the node is. */
  @SuppressWarnings("unchecked") // a JSON object has strings as keys
  public Map<String, Object> node() {
    return (Map<String, Object>) tree(call("ask the node", "GET", "/node", ""));
  }

  /** All objects: what was declared, and the pods that came of it. */
  public List<KubeObject> objects() {
    return ObjectCodec.readAll(call("list objects", "GET", "/objects", ""));
  }

  /** All pods. */
  public List<Pod> pods() {
    List<Pod> pods = new ArrayList<>();
    for (KubeObject object : objects()) {
      if (object instanceof Pod pod) {
        pods.add(pod);
      }
    }
    return pods;
  }

  /** All events, the oldest first. */
  public List<Event> events() {
    Map<?, ?> list = (Map<?, ?>) tree(call("list events", "GET", "/events", ""));
    List<Event> events = new ArrayList<>();
    if (list.get("items") instanceof List<?> items) {
      for (Object item : items) {
        events.add(ObjectCodec.record(Event.class, ProtoJson.printTree(item, false)));
      }
    }
    return events;
  }

  /** Applies objects. */
  public List<Applied> apply(List<KubeObject> objects) {
    String answer = call("apply", "POST", "/apply", Json.write(objects));
    List<Applied> results = new ArrayList<>();
    if (tree(answer) instanceof List<?> all) {
      for (Object one : all) {
        Map<?, ?> fields = (Map<?, ?>) one;
        results.add(
            new Applied(
                text(fields, "kind"),
                text(fields, "namespace"),
                text(fields, "name"),
                text(fields, "outcome"),
                text(fields, "message"),
                text(fields, "uid")));
      }
    }
    return results;
  }

  private static String text(Map<?, ?> fields, String name) {
    return fields.get(name) instanceof String text ? text : "";
  }

  /** Deletes an object; false when there is none. */
  public boolean delete(ObjectKey key, Optional<Duration> grace) {
    String path =
        "/objects?kind="
            + encode(key.kind())
            + "&namespace="
            + encode(key.namespace())
            + "&name="
            + encode(key.name())
            + grace.map(g -> "&grace=" + g.toSeconds()).orElse("");
    try {
      Answer answer = exchange("DELETE", path, "");
      if (answer.status() == 404) {
        return false;
      }
      checked("delete " + key, answer);
      return true;
    } catch (IOException e) {
      throw unreachable("delete " + key, e);
    }
  }

  /** Adds an ephemeral container to a pod. */
  public void debug(String namespace, String pod, EphemeralContainer container) {
    String path = "/debug?namespace=" + encode(namespace) + "&name=" + encode(pod);
    call("debug pod " + pod, "POST", path, Json.write(container));
  }

  private static Object tree(String json) {
    Object tree = ProtoJson.parseTree(json);
    return tree == null ? Map.of() : tree;
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private String call(String what, String method, String path, String body) {
    try {
      return checked(what, exchange(method, path, body));
    } catch (IOException e) {
      throw unreachable(what, e);
    }
  }

  private static String checked(String what, Answer answer) {
    if (answer.status() != 200) {
      throw CliFailure.of(what + ": " + answer.body().strip());
    }
    return answer.body();
  }

  private CliFailure unreachable(String what, IOException e) {
    return CliFailure.of(what + ": no node answers at " + socket + ": " + e.getMessage(), e)
        .advise("start one: gantry up FILE, or gantry node");
  }

  private Answer exchange(String method, String path, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head =
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: node\r\nContent-Length: "
            + bytes.length
            + "\r\n\r\n";
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      OutputStream out = Channels.newOutputStream(channel);
      out.write(head.getBytes(StandardCharsets.US_ASCII));
      out.write(bytes);
      out.flush();
      return read(new BufferedInputStream(Channels.newInputStream(channel)));
    }
  }

  private static Answer read(InputStream in) throws IOException {
    String answer = new String(in.readNBytes(LARGEST), StandardCharsets.UTF_8);
    int end = answer.indexOf("\r\n\r\n");
    String[] first = answer.split(" ", 3);
    if (end < 0 || first.length < 3) {
      throw new IOException("it closed the connection");
    }
    return new Answer(Integer.parseInt(first[1]), answer.substring(end + 4));
  }
}
