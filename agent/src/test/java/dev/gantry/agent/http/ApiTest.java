package dev.gantry.agent.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.gantry.agent.source.ObjectKey;
import dev.gantry.agent.worker.TestPods;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which path shows what, to whom. */
final class ApiTest {
  private final List<String> problems = new ArrayList<>();
  private final List<Object> deleted = new ArrayList<>();
  private final Api api = new Api(node());

  private NodeApi node() {
    return (NodeApi)
        Proxy.newProxyInstance(
            NodeApi.class.getClassLoader(),
            new Class<?>[] {NodeApi.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "problems" -> problems;
                  case "pods", "objects" ->
                      List.of(TestPods.of("containers:\n- {name: a, image: i}\n"));
                  case "metrics" -> "kubelet_running_pods 1\n";
                  case "summary" -> Map.of("node", Map.of("nodeName", "n"));
                  case "delete" -> {
                    deleted.addAll(List.of(arguments));
                    yield true;
                  }
                  default -> throw new AssertionError(method.getName());
                });
  }

  private static Request request(String text) throws IOException {
    byte[] bytes = (text + "\r\n\r\n").getBytes(StandardCharsets.UTF_8);
    return Request.read(new ByteArrayInputStream(bytes));
  }

  private Response shown(String text) throws IOException {
    return api.readOnly(request(text));
  }

  @Test
  void anyoneSeesWhatAKubeletShows() throws IOException {
    Response pods = shown("GET /pods HTTP/1.1");
    assertThat(pods.type()).isEqualTo("application/json");
    assertThat(pods.body())
        .startsWith("{\"kind\":\"PodList\",\"apiVersion\":\"v1\"")
        .contains("\"uid\":\"uid\"");
    assertThat(shown("GET /metrics HTTP/1.1").body()).isEqualTo("kubelet_running_pods 1\n");
    assertThat(shown("GET /stats/summary HTTP/1.1").body()).contains("\"nodeName\": \"n\"");
    assertThat(shown("GET /healthz HTTP/1.1")).isEqualTo(Response.text("ok"));
  }

  @Test
  void whatIsNotHealthyIsSaidWithAllReasons() throws IOException {
    problems.add("PLEG is not healthy: pleg was last seen active 4m0s ago; threshold is 3m0s");
    problems.add("the sync loop has not gone round for 200 s");
    assertThat(shown("GET /healthz HTTP/1.1"))
        .isEqualTo(Response.error(500, problems.get(0) + "\n" + problems.get(1)));
  }

  @Test
  void nobodyChangesAnythingThereAndNoWebPageReadsIt() throws IOException {
    for (String method : List.of("POST", "PUT", "DELETE")) {
      assertThat(shown(method + " /pods HTTP/1.1").status()).isEqualTo(405);
    }
    assertThat(shown("GET /objects HTTP/1.1").status()).isEqualTo(404);
    assertThat(shown("GET /healthz HTTP/1.1\r\nOrigin: http://example.com").status())
        .isEqualTo(403);
    assertThat(deleted).isEmpty();
  }

  @Test
  void rootMayDelete() throws IOException {
    assertThat(api.local(request("GET /objects HTTP/1.1")).status()).isEqualTo(200);
    Request delete = request("DELETE /objects?kind=Pod&namespace=a%20b&name=c&grace=7 HTTP/1.1");
    assertThat(api.local(delete).status()).isEqualTo(200);
    assertThat(deleted)
        .containsExactly(new ObjectKey("Pod", "a b", "c"), Optional.of(Duration.ofSeconds(7)));
    assertThatThrownBy(() -> api.local(request("DELETE /objects?kind=Pod HTTP/1.1")))
        .hasMessage("parameter name is missing");
  }

  @Test
  void whatIsNoRequestIsRefused() {
    for (String text :
        List.of(
            "GET /pods",
            "GET /pods HTTP/2.0",
            "GET / HTTP/1.1\r\nnonsense",
            "POST /apply HTTP/1.1\r\nContent-Length: 99999999999")) {
      assertThatThrownBy(() -> request(text)).as(text).isInstanceOf(IOException.class);
    }
  }
}
