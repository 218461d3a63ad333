package dev.gantry.testkit;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a registry that means well answers to reading requests. */
final class GoodRegistry {
  private static final Pattern PATH = Pattern.compile("/v2/(.+)/(manifests|blobs)/([^/]+)");
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d*)");
  private static final String TOKEN = "a-token-for-the-test";

  private final Map<String, Answer> contents = new ConcurrentHashMap<>();
  private volatile @Nullable String authorization;
  private volatile String challenge = "";
  private volatile String login = "";

  void put(String repository, String tag, TestArtifact artifact) {
    Answer manifest = Answer.body(200, artifact.mediaType(), artifact.manifest());
    contents.put(repository + "/manifests/" + tag, manifest);
    contents.put(repository + "/manifests/" + artifact.digest(), manifest);
    artifact
        .blobs()
        .forEach((digest, blob) ->
            contents.put(
                repository + "/blobs/" + digest,
                Answer.body(200, "application/octet-stream", blob)));
    for (TestImage child : artifact.children()) {
      put(repository, child.digest(), child);
    }
  }

  void requireBasic(String user, String password) {
    login = basic(user, password);
    challenge = "Basic realm=\"test\"";
    authorization = login;
  }

  void requireToken(String user, String password, String realm) {
    login = basic(user, password);
    challenge = "Bearer realm=\"" + realm + "\",service=\"test\",scope=\"repository:any:pull\"";
    authorization = "Bearer " + TOKEN;
  }

  private static String basic(String user, String password) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  Answer answer(HostileRegistry.Request request, @Nullable String query) {
    String given = request.header("Authorization");
    if (request.path().equals("/token")) {
      return token(given, query);
    }
    String wanted = authorization;
    if (wanted != null && !wanted.equals(given)) {
      return Answer.error(401, "UNAUTHORIZED", "authentication required")
          .header("WWW-Authenticate", challenge);
    }
    if (request.path().equals("/v2/")) {
      return Answer.body(200, "application/json", Json.bytes(Map.of()));
    }
    if (request.path().matches("/v2/.+/tags/list")) {
      return tags(request.path());
    }
    Matcher path = PATH.matcher(request.path());
    Answer content =
        path.matches()
            ? contents.get(path.group(1) + "/" + path.group(2) + "/" + path.group(3))
            : null;
    if (content == null) {
      boolean manifest = request.path().contains("/manifests/");
      return Answer.error(
          404, manifest ? "MANIFEST_UNKNOWN" : "BLOB_UNKNOWN", "unknown to this registry");
    }
    return ranged(request, content);
  }

  /** Who does not say who they are gets a token too, one that opens nothing. */
  private Answer token(@Nullable String given, @Nullable String query) {
    if (given != null && (!given.equals(login) || query == null || !query.contains("service="))) {
      return Answer.error(401, "UNAUTHORIZED", "wrong user or password");
    }
    String token = given == null ? "anonymous" : TOKEN;
    return Answer.body(200, "application/json", Json.bytes(Map.of("token", token)));
  }

  private Answer tags(String path) {
    String repository = path.substring("/v2/".length(), path.length() - "/tags/list".length());
    String prefix = repository + "/manifests/";
    List<String> tags =
        contents.keySet().stream()
            .filter(key -> key.startsWith(prefix) && !key.contains(":"))
            .map(key -> key.substring(prefix.length()))
            .sorted()
            .toList();
    return Answer.body(
        200, "application/json", Json.bytes(Map.of("name", repository, "tags", tags)));
  }

  private static Answer ranged(HostileRegistry.Request request, Answer content) {
    String digest = Hash.sha256(content.body());
    String header = request.header("Range");
    Matcher range = RANGE.matcher(header == null ? "" : header);
    if (!range.matches()) {
      return content.header("Docker-Content-Digest", digest);
    }
    int length = content.body().length;
    int from = Integer.parseInt(range.group(1));
    int to = range.group(2).isEmpty() ? length - 1 : Integer.parseInt(range.group(2));
    if (from >= length) {
      return Answer.error(416, "SIZE_INVALID", "the range begins behind the end");
    }
    int end = Math.min(to + 1, length);
    return content
        .part(206, from, end)
        .header("Content-Range", "bytes " + from + "-" + (end - 1) + "/" + length)
        .header("Docker-Content-Digest", digest);
  }
}
