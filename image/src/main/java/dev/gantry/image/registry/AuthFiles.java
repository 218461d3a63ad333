package dev.gantry.image.registry;

import dev.gantry.image.Credentials;
import dev.gantry.oci.OciJson;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Credentials that are kept on the node: {@code auth.json} of the containers tools and Docker's
 * {@code config.json}, which have one format. Files are read when a registry asks for credentials,
 * so that a change needs no restart; the first that has some for the repository wins.
 *
 * <p>Within a file: {@code credHelpers} of the host, then the longest key of {@code auths} that is
 * the repository or leads to it ({@code host/ns/repo}, {@code host/ns}, {@code host}), then {@code
 * credsStore}.
 *
 * @see <a
 *     href="https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md">containers-auth.json(5)</a>
 * @see <a href="https://docs.docker.com/reference/cli/docker/login/#credential-stores">docker
 *     login</a>
 */
public final class AuthFiles {
  /** Files with no entries. */
  public static final AuthFiles NONE =
      new AuthFiles(List.of(), new CredentialHelper(Map.of()), new RegistriesConf(null));

  private static final int MOST_BYTES = 4 << 20;

  /** What registries.conf calls these files among its credential-helpers. */
  private static final String FILES = "containers-auth.json";

  private static final String HUB_KEY = "https://index.docker.io/v1/";

  private final List<Path> files;
  private final CredentialHelper helpers;
  private final RegistriesConf conf;

  /**
   * @param files tried in order; ones that do not exist are passed over
   * @param conf whose {@code credential-helpers} say what else is asked, and in which order
   */
  AuthFiles(List<Path> files, CredentialHelper helpers, RegistriesConf conf) {
    this.files = List.copyOf(files);
    this.helpers = helpers;
    this.conf = conf;
  }

  /**
   * What was found.
   *
   * @param source the file and key, or the helper; empty without credentials
   * @param read files that exist
   * @param problems what kept a file or helper from being asked
   */
  record Lookup(Credentials credentials, String source, List<Path> read, List<String> problems) {}

  /** Changes when one of the files does. */
  long stamp() {
    long stamp = 1;
    for (Path file : files) {
      long one = -1;
      try {
        one = Files.getLastModifiedTime(file).to(TimeUnit.NANOSECONDS) + Files.size(file);
      } catch (IOException absent) {
        stamp++;
      }
      stamp = stamp * 31 + one;
    }
    return stamp;
  }

  /**
   * @param authority host and port as in the URL
   * @throws IOException when the caller is interrupted; what is wrong with a file is in the answer
   */
  Lookup find(String authority, String repository) throws IOException {
    String host = hub(authority) ? "docker.io" : authority;
    var read = new ArrayList<Path>();
    var problems = new ArrayList<String>();
    for (String place : order()) {
      Found found =
          place.equals(FILES)
              ? inFiles(host, repository, read, problems)
              : ask(place, host, "registries.conf", problems);
      if (found != null) {
        return new Lookup(found.credentials(), found.source(), read, problems);
      }
    }
    return new Lookup(Credentials.NONE, "", read, problems);
  }

  private List<String> order() throws IOException {
    List<String> configured = conf.content().credentialHelpers();
    return configured == null || configured.isEmpty() ? List.of(FILES) : configured;
  }

  private @Nullable Found inFiles(
      String host, String repository, List<Path> read, List<String> problems) throws IOException {
    for (Path file : files) {
      Map<?, ?> json;
      try {
        json = parse(file);
      } catch (IOException e) {
        read.add(file);
        problems.add("" + e.getMessage());
        continue;
      }
      if (json != null) {
        read.add(file);
        Found found = find(file, json, host, repository, problems);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  private record Found(Credentials credentials, String source) {}

  private @Nullable Found find(
      Path file, Map<?, ?> json, String host, String repository, List<String> problems)
      throws IOException {
    Map<?, ?> byHost = map(json, "credHelpers");
    for (String key : host.equals("docker.io") ? List.of(host, HUB_KEY) : List.of(host)) {
      if (byHost.get(key) instanceof String helper) {
        Found found = ask(helper, key, file, problems);
        if (found != null) {
          return found;
        }
      }
    }
    Map<?, ?> auths = legacy(file, json) ? json : map(json, "auths");
    Found found = stored(file, auths, host, repository, problems);
    if (found != null) {
      return found;
    }
    return json.get("credsStore") instanceof String store && !store.isEmpty()
        ? ask(store, host.equals("docker.io") ? HUB_KEY : host, file, problems)
        : null;
  }

  private @Nullable Found ask(String helper, String server, Object file, List<String> problems)
      throws IOException {
    try {
      Credentials got = helpers.get(helper, server);
      return got.isEmpty()
          ? null
          : new Found(got, CredentialHelper.program(helper) + " for " + server + " (" + file + ")");
    } catch (CredentialHelper.FailedException e) {
      problems.add(file + ": " + e.getMessage());
      return null;
    }
  }

  private static @Nullable Found stored(
      Path file, Map<?, ?> auths, String host, String repository, List<String> problems) {
    String key = host + "/" + repository;
    while (true) {
      Found found = entry(file, auths, key, problems);
      int slash = key.lastIndexOf('/');
      if (found != null || slash < 0) {
        if (found != null) {
          return found;
        }
        break;
      }
      key = key.substring(0, slash);
    }
    // docker login wrote addresses as keys for years.
    for (Object written : auths.keySet()) {
      if (written instanceof String text && !text.equals(host) && normal(text).equals(host)) {
        Found found = entry(file, auths, text, problems);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  private static @Nullable Found entry(
      Path file, Map<?, ?> auths, String key, List<String> problems) {
    if (!(auths.get(key) instanceof Map<?, ?> fields)) {
      return null;
    }
    try {
      var found =
          new Credentials(
              string(fields, "username"),
              string(fields, "password"),
              string(fields, "auth"),
              "",
              string(fields, "identitytoken"),
              string(fields, "registrytoken"));
      return found.isEmpty() ? null : new Found(found, file + " (" + key + ")");
    } catch (IllegalArgumentException e) {
      problems.add(file + ": " + key + ": " + e.getMessage());
      return null;
    }
  }

  /** Host and port of a key that is an address; a key with a namespace is none. */
  private static String normal(String key) {
    int scheme = key.indexOf("://");
    String rest = scheme < 0 ? key : key.substring(scheme + 3);
    int slash = rest.indexOf('/');
    if (scheme >= 0 && slash >= 0) {
      rest = rest.substring(0, slash);
    }
    return hub(rest) ? "docker.io" : rest;
  }

  private static boolean hub(String host) {
    return host.equals("docker.io")
        || host.equals("index.docker.io")
        || host.equals("registry-1.docker.io");
  }

  /** Docker's first format: the auths with nothing around them. */
  private static boolean legacy(Path file, Map<?, ?> json) {
    return file.endsWith(".dockercfg") && !json.containsKey("auths");
  }

  private static @Nullable Map<?, ?> parse(Path file) throws IOException {
    byte[] bytes;
    try {
      if (!Files.exists(file)) {
        return null;
      }
      if (!Files.isRegularFile(file)) {
        throw new IOException(file + " is not a regular file");
      }
      try (InputStream in = Files.newInputStream(file)) {
        bytes = in.readNBytes(MOST_BYTES + 1);
      }
    } catch (NoSuchFileException gone) {
      return null;
    }
    if (bytes.length > MOST_BYTES) {
      throw new IOException(file + " exceeds " + MOST_BYTES + " bytes");
    }
    try {
      if (OciJson.parse(bytes, Object.class) instanceof Map<?, ?> map) {
        return new LinkedHashMap<>(map);
      }
    } catch (RuntimeException e) {
      throw new IOException(file + " is not JSON: " + e.getMessage(), e);
    }
    throw new IOException(file + " is not a JSON object");
  }

  private static Map<?, ?> map(Map<?, ?> json, String key) {
    return json.get(key) instanceof Map<?, ?> map ? map : Map.of();
  }

  private static String string(Map<?, ?> map, String key) {
    return map.get(key) instanceof String s ? s : "";
  }
}
