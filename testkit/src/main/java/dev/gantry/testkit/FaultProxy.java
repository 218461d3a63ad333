package dev.gantry.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A proxy before a registry that spoils answers by a plan, and remembers what was asked and how
 * many bytes it gave. It has a second port, to which {@link Fault.Elsewhere} sends clients: that
 * one needs no authorization, and none should ever reach it.
 */
public final class FaultProxy implements AutoCloseable {
  private static final String ELSEWHERE = "/elsewhere";
  private static final Set<String> PASSED_ON =
      Set.of("accept", "authorization", "range", "user-agent", "if-none-match");
  private static final Set<String> NOT_PASSED_BACK =
      Set.of("connection", "transfer-encoding", "keep-alive", ":status");
  private static final long STALL_SECONDS = 30;

  /**
   * A request as it came in.
   *
   * @param elsewhere whether it came to the second port
   * @param range the Range header, empty when there was none
   * @param sent how many bytes of a body it got so far
   */
  public record Request(
      String method,
      String path,
      String range,
      @Nullable String authorization,
      boolean elsewhere,
      AtomicLong sent) {}

  private final URI registry;
  private final @Nullable String entrance;
  private final HttpDoor front;
  private final HttpDoor back;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final Map<String, Integer> seen = new ConcurrentHashMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile FaultPlan plan = FaultPlan.NOTHING;

  private FaultProxy(URI registry, @Nullable String entrance) throws IOException {
    this.registry = registry;
    this.entrance = entrance;
    this.front = new HttpDoor((head, out) -> handle(head, out, false));
    this.back = new HttpDoor((head, out) -> handle(head, out, true));
  }

  /** Starts a proxy before a registry that speaks plain HTTP; it lets everything pass. */
  public static FaultProxy before(Registry registry) {
    return before(registry, null);
  }

  /**
   * Starts a proxy before a registry that wants authorization.
   *
   * @param entrance the Authorization header by which the second port gets blobs
   */
  public static FaultProxy before(Registry registry, @Nullable String entrance) {
    try {
      return new FaultProxy(registry.uri(), entrance);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns {@code 127.0.0.1:port}, the host of image names by way of this proxy. */
  public String host() {
    return "127.0.0.1:" + front.port();
  }

  /** Returns {@code http://127.0.0.1:port}. */
  public URI uri() {
    return URI.create("http://" + host());
  }

  /** Spoils answers by this plan from now on. */
  public void follow(FaultPlan newPlan) {
    plan = newPlan;
  }

  /** Lets everything pass from now on; what stalls goes on stalling. */
  public void heal() {
    follow(FaultPlan.NOTHING);
  }

  /** Returns every request so far, in order. */
  public List<Request> requests() {
    return List.copyOf(requests);
  }

  /** Forgets the requests so far; how often each thing was asked for is still known to the plan. */
  public void forgetRequests() {
    requests.clear();
  }

  /** Returns how many bytes of bodies went to requests whose path matches as a whole. */
  public long bytes(String pathPattern) {
    return requests.stream()
        .filter(request -> request.path().matches(pathPattern))
        .mapToLong(request -> request.sent().get())
        .sum();
  }

  /** Returns the requests that told the second port who asks. */
  public List<Request> leaks() {
    return requests.stream()
        .filter(request -> request.elsewhere() && request.authorization() != null)
        .toList();
  }

  /** Ends every connection, stalled ones too. */
  @Override
  public void close() {
    closed.countDown();
    front.close();
    back.close();
    client.shutdownNow();
  }

  private boolean handle(HttpDoor.Head head, OutputStream out, boolean elsewhere)
      throws IOException, InterruptedException {
    String target = elsewhere ? head.target().replaceFirst(ELSEWHERE, "") : head.target();
    Request request =
        new Request(
            head.method(),
            URI.create(target).getPath(),
            head.headers().getOrDefault("Range", ""),
            head.headers().get("Authorization"),
            elsewhere,
            new AtomicLong());
    requests.add(request);
    String thing = request.method() + request.path() + request.range();
    Fault fault = plan.choose(request, seen.merge(thing, 1, Integer::sum) - 1);
    return switch (fault) {
      case Fault.Drop(boolean reset) -> end(reset);
      case Fault.Refuse(int status, int retryAfter) -> refuse(out, status, retryAfter);
      case Fault.Garbage(int seed) -> {
        out.write(Garbage.answer(seed));
        yield false;
      }
      case Fault.Range(Fault.RangeLie lie)
          when lie == Fault.RangeLie.REFUSED && !request.range().isEmpty() ->
          refuse(out, 416, -1);
      case Fault.Elsewhere(int status) when !elsewhere && request.path().contains("/blobs/") ->
          redirect(out, status, target);
      default -> pass(head, target, request, fault, out);
    };
  }

  private static boolean end(boolean reset) throws IOException {
    if (reset) {
      throw new HttpDoor.Reset();
    }
    return false;
  }

  private static boolean refuse(OutputStream out, int status, int retryAfter) throws IOException {
    byte[] body =
        Json.bytes(
            Map.of("errors", List.of(Map.of("code", "FAULT", "message", "fault " + status))));
    String wait = retryAfter < 0 ? "" : "Retry-After: " + retryAfter + "\r\n";
    out.write(
        HttpDoor.ascii(
            "HTTP/1.1 %d Fault\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n"
                .formatted(status, wait, body.length)));
    out.write(body);
    return true;
  }

  private boolean redirect(OutputStream out, int status, String target) throws IOException {
    String there = "http://127.0.0.1:" + back.port() + ELSEWHERE + target;
    out.write(
        HttpDoor.ascii(
            "HTTP/1.1 %d Elsewhere\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n"
                .formatted(status, there)));
    return true;
  }

  private boolean pass(
      HttpDoor.Head head, String target, Request request, Fault fault, OutputStream out)
      throws IOException, InterruptedException {
    RangeFault range = RangeFault.of(fault, request.range());
    HttpRequest.Builder forward =
        HttpRequest.newBuilder(registry.resolve(target))
            .method(request.method(), HttpRequest.BodyPublishers.noBody());
    head.headers()
        .forEach((name, value) -> {
          if (PASSED_ON.contains(name.toLowerCase(Locale.ROOT))
              && !name.equalsIgnoreCase("Range")) {
            forward.header(name, value);
          }
        });
    String way = entrance;
    if (request.elsewhere() && way != null) {
      forward.setHeader("Authorization", way);
    }
    if (!range.asked().isEmpty()) {
      forward.header("Range", range.asked());
    }
    HttpResponse<InputStream> response = client.send(forward.build(), BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
      response
          .headers()
          .map()
          .forEach((name, values) -> {
            if (!NOT_PASSED_BACK.contains(name)) {
              headers.put(name, String.join(", ", values));
            }
          });
      if (response.statusCode() == 206) {
        range.spoil(headers);
      }
      SpoiltBody spoilt = SpoiltBody.of(fault, headers);
      out.write(HttpDoor.ascii(spoilt.head(response.statusCode(), headers)));
      return request.method().equals("HEAD") || send(spoilt, body, request, out);
    }
  }

  private boolean send(SpoiltBody spoilt, InputStream body, Request request, OutputStream out)
      throws IOException, InterruptedException {
    boolean whole = spoilt.copy(body, out, request.sent());
    if (spoilt.fault() instanceof Fault.Stall && !whole) {
      out.flush();
      closed.await(STALL_SECONDS, TimeUnit.SECONDS);
    }
    if (!whole && spoilt.fault() instanceof Fault.Cut cut) {
      out.flush();
      return end(cut.reset());
    }
    return whole;
  }
}
