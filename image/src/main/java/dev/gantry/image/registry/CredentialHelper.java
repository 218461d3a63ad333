package dev.gantry.image.registry;

import dev.gantry.image.Credentials;
import dev.gantry.linux.process.Spawn;
import dev.gantry.oci.OciJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Asks {@code docker-credential-<name> get}: the server on its standard input, a JSON object on its
 * output.
 *
 * @see <a href="https://github.com/docker/docker-credential-helpers#development">the protocol</a>
 */
final class CredentialHelper {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final int MOST_BYTES = 256 * 1024;

  /** What the helpers' own library says, word for word. */
  private static final String NOT_FOUND = "credentials not found in native keychain";

  private final Map<String, String> environment;
  private final Duration deadline;

  /**
   * @param environment of the helper; its PATH says where helpers are
   */
  CredentialHelper(Map<String, String> environment) {
    this(environment, DEADLINE);
  }

  CredentialHelper(Map<String, String> environment, Duration deadline) {
    this.environment = Map.copyOf(environment);
    this.deadline = deadline;
  }

  /** The helper did not run, failed, or said something else than credentials. */
  static final class FailedException extends IOException {
    private static final long serialVersionUID = 1;

    FailedException(String message) {
      super(message);
    }

    FailedException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  static String program(String name) {
    return "docker-credential-" + name;
  }

  /**
   * @return empty credentials when the helper has none for this server
   * @throws FailedException when it could not say
   */
  Credentials get(String name, String server) throws IOException {
    if (!NAME.matcher(name).matches()) {
      throw new FailedException("'" + name + "' is no name of a credential helper");
    }
    String program = program(name);
    Spawn.Result result = run(program, server);
    if (result.timedOut()) {
      throw new FailedException(program + " took longer than " + deadline.toSeconds() + " s");
    }
    String out = new String(result.stdout(), StandardCharsets.UTF_8);
    if (result.exit().code() != 0) {
      if (out.contains(NOT_FOUND)) {
        return Credentials.NONE;
      }
      String said = (out + " " + result.stderr()).strip();
      throw new FailedException(
          program
              + " get ended with exit code "
              + result.exit().code()
              + ": "
              + ErrorBody.oneLine(said));
    }
    if (result.truncated()) {
      throw new FailedException(program + " wrote more than " + MOST_BYTES + " bytes");
    }
    return parse(program, result.stdout());
  }

  private Spawn.Result run(String program, String server) throws IOException {
    String path = find(program);
    try {
      return Spawn.of(path, "get")
          .env(environment)
          .stdinBytes(server.getBytes(StandardCharsets.UTF_8))
          .run(deadline, MOST_BYTES);
    } catch (IOException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw e;
      }
      throw new FailedException(program + " did not run: " + e.getMessage(), e);
    }
  }

  private String find(String program) throws FailedException {
    String path =
        environment.getOrDefault(
            "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    for (String directory : path.split(":", -1)) {
      Path candidate = Path.of(directory, program);
      if (directory.startsWith("/") && Files.isExecutable(candidate)) {
        return candidate.toString();
      }
    }
    throw new FailedException(program + " is not in the daemon's PATH");
  }

  private static Credentials parse(String program, byte[] out) throws FailedException {
    Object json;
    try {
      json = OciJson.parse(out, Object.class);
    } catch (RuntimeException e) {
      // Not the parser's message, which quotes what may be a secret.
      throw new FailedException(program + " wrote something that is not JSON");
    }
    if (json instanceof Map<?, ?> map
        && map.get("Username") instanceof String user
        && map.get("Secret") instanceof String secret) {
      if (user.equals("<token>")) {
        return new Credentials("", "", "", "", secret, "");
      }
      return Credentials.of(user, secret);
    }
    throw new FailedException(program + " wrote no Username and Secret");
  }
}
