package dev.gantry.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A registry in this JVM that serves what it is given until a test's rule says otherwise.
 *
 * <p>Rules are looked at from the newest to the oldest; the first that fits a request answers it.
 */
public final class HostileRegistry implements AutoCloseable {
  /** A request as it came in. */
  public record Request(String method, String path, Map<String, String> headers) {
    /** Returns a header's value, whatever the case of its name, or null. */
    public @Nullable String header(String name) {
      return headers.get(name);
    }
  }

  private record Rule(Pattern path, Answer answer) {}

  private final HttpDoor door;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final GoodRegistry good = new GoodRegistry();
  private final List<Rule> rules = new CopyOnWriteArrayList<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();

  private HostileRegistry() throws IOException {
    door = new HttpDoor(this::handle);
  }

  /** Starts a registry on a free loopback port. */
  public static HostileRegistry start() {
    try {
      return new HostileRegistry();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns {@code 127.0.0.1:port}, the host of image names on this registry. */
  public String host() {
    return "127.0.0.1:" + door.port();
  }

  /** Returns {@code http://127.0.0.1:port}. */
  public URI uri() {
    return URI.create("http://" + host());
  }

  /** Serves an artifact with all it names; returns its name, {@code host/repository:tag}. */
  public String serve(String repository, String tag, TestArtifact artifact) {
    good.put(repository, tag, artifact);
    return host() + "/" + repository + ":" + tag;
  }

  /** Serves no manifest, tag or blob to who has not logged in by HTTP's basic scheme. */
  public HostileRegistry requireBasic(String user, String password) {
    good.requireBasic(user, password);
    return this;
  }

  /**
   * Serves only who brings a token, which {@code /token} gives to this user.
   *
   * @see <a href="https://distribution.github.io/distribution/spec/auth/token/">distribution, token
   *     authentication</a>
   */
  public HostileRegistry requireToken(String user, String password) {
    good.requireToken(user, password, uri() + "/token");
    return this;
  }

  /** Answers requests whose whole path matches the regular expression like this. */
  public HostileRegistry on(String pathPattern, Answer answer) {
    rules.addFirst(new Rule(Pattern.compile(pathPattern), answer));
    return this;
  }

  /** Answers requests for this artifact's n-th layer like this. */
  public HostileRegistry onLayer(TestImage image, int layer, Answer answer) {
    return on(".*/blobs/" + image.layers().get(layer).digest(), answer);
  }

  /** Forgets every rule. */
  public void behave() {
    rules.clear();
  }

  /** Returns every request so far, in order. */
  public List<Request> requests() {
    return List.copyOf(requests);
  }

  /** Returns how many GET requests had a path that matches the regular expression as a whole. */
  public long gets(String pathPattern) {
    return requests.stream()
        .filter(request -> request.method().equals("GET") && request.path().matches(pathPattern))
        .count();
  }

  /** Ends every connection, hanging ones too. */
  @Override
  public void close() {
    closed.countDown();
    door.close();
  }

  private boolean handle(HttpDoor.Head head, OutputStream out)
      throws IOException, InterruptedException {
    URI target = URI.create(head.target());
    Request request = new Request(head.method(), target.getPath(), head.headers());
    requests.add(request);
    Answer answer = rule(request.path());
    return switch (answer.kind()) {
      case GOOD -> respond(out, request, answer, good.answer(request, target.getQuery()));
      case FIXED -> respond(out, request, answer, answer);
      case RAW -> {
        out.write(answer.body());
        yield false;
      }
      case DROP -> false;
      case HANG -> {
        closed.await();
        yield false;
      }
    };
  }

  private Answer rule(String path) {
    for (Rule rule : rules) {
      if (rule.path().matcher(path).matches() && rule.answer().take()) {
        return rule.answer();
      }
    }
    return Answer.good();
  }

  private static boolean respond(OutputStream out, Request request, Answer how, Answer what)
      throws IOException, InterruptedException {
    Thread.sleep(how.delay());
    byte[] body = how.spoil(what.body());
    Map<String, String> headers = new LinkedHashMap<>(what.headers());
    headers.putAll(how.headers());
    headers.put("Content-Length", String.valueOf(body.length));
    StringBuilder head = new StringBuilder("HTTP/1.1 " + what.status() + " Answer\r\n");
    headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    out.write(HttpDoor.ascii(head.append("\r\n").toString()));
    if (request.method().equals("HEAD")) {
      return true;
    }
    write(out, how, body);
    return how.sent(body.length) == body.length;
  }

  private static void write(OutputStream out, Answer how, byte[] body)
      throws IOException, InterruptedException {
    int end = how.sent(body.length);
    int step = how.chunk(end);
    for (int at = 0; at < end; at += step) {
      if (at > 0) {
        Thread.sleep(how.pause());
      }
      out.write(body, at, Math.min(step, end - at));
      out.flush();
    }
  }

  /** Returns the paths of all requests, for messages of failed assertions. */
  @Override
  public String toString() {
    List<String> lines = new ArrayList<>();
    requests.forEach(request -> lines.add(request.method() + " " + request.path()));
    return host() + " " + lines;
  }
}
