package dev.gantry.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A CNI plug-in made of shell script that records its calls and fails as a test wants.
 *
 * @see <a href="https://github.com/containernetworking/cni/blob/v1.1.2/SPEC.md">CNI
 *     specification</a>
 */
public final class FakeCni {
  private static final String SCRIPT =
      """
      #!/bin/sh
      n=0
      while ! mkdir "@HOME@/calls/$n" 2>/dev/null; do n=$((n+1)); done
      /usr/bin/env > "@HOME@/calls/$n/env"
      cat > "@HOME@/calls/$n/stdin"
      : > "@HOME@/calls/$n/complete"
      if [ -e "@HOME@/$CNI_COMMAND" ]; then . "@HOME@/$CNI_COMMAND"; fi
      exit 0
      """;

  /** One call of the plug-in: its environment and what it read. */
  public record Call(Map<String, String> environment, String stdin) {
    /** Returns {@code ADD}, {@code DEL}, {@code CHECK}, {@code GC} … */
    public String command() {
      return environment.getOrDefault("CNI_COMMAND", "");
    }

    /** Returns a variable of the call, such as {@code CNI_NETNS}; empty when it was not set. */
    public String get(String variable) {
      return environment.getOrDefault(variable, "");
    }
  }

  private final String type;
  private final Path home;

  private FakeCni(String type, Path home) {
    this.type = type;
    this.home = home;
  }

  /**
   * Installs a plug-in of this type in a directory of plug-ins. It answers ADD with the address
   * 10.199.0.2/24, VERSION with the versions up to 1.0.0, and everything else with success.
   */
  public static FakeCni install(Path pluginDir, String type) {
    Path home = pluginDir.resolve("." + type);
    FakeCni plugin = new FakeCni(type, home);
    try {
      Files.createDirectories(home.resolve("calls"));
      plugin.result(
          """
          {"cniVersion":"1.0.0","interfaces":[{"name":"eth0","sandbox":"/x"}],
           "ips":[{"address":"10.199.0.2/24","gateway":"10.199.0.1","interface":0}]}\
          """);
      plugin.print(
          "VERSION",
          "{\"cniVersion\":\"1.0.0\",\"supportedVersions\":[\"0.3.1\",\"0.4.0\",\"1.0.0\"]}");
      Path program = pluginDir.resolve(type);
      Files.writeString(program, SCRIPT.replace("@HOME@", home.toString()));
      Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return plugin;
  }

  /** Writes a network configuration list of these plug-ins. */
  public static void configure(Path configDir, String file, String network, FakeCni... plugins) {
    List<Object> list = new ArrayList<>();
    for (FakeCni plugin : plugins) {
      list.add(Map.of("type", plugin.type));
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("cniVersion", "1.0.0");
    document.put("name", network);
    document.put("plugins", list);
    try {
      Files.write(configDir.resolve(file), Json.bytes(document));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Answers ADD with this result. */
  public FakeCni result(String json) {
    return print("ADD", json);
  }

  /** Answers a command with this text and success, whether or not it is JSON. */
  public FakeCni print(String command, String text) {
    return script(command, "cat <<'END_OF_TEXT'\n" + text + "\nEND_OF_TEXT\n");
  }

  /** Fails a command with the specification's error document. */
  public FakeCni fail(String command, int code, String message) {
    Map<String, Object> error = new LinkedHashMap<>();
    error.put("cniVersion", "1.0.0");
    error.put("code", code);
    error.put("msg", message);
    return print(command, Json.text(error)).append(command, "exit 1\n");
  }

  /** Fails a command with a word on standard error only, as a crashed plug-in does. */
  public FakeCni crash(String command, String stderr) {
    return script(command, "cat >&2 <<'END_OF_TEXT'\n" + stderr + "\nEND_OF_TEXT\nexit 2\n");
  }

  /** Lets a command never end by itself. */
  public FakeCni hang(String command) {
    return script(command, "exec sleep 3600\n");
  }

  /** Lets a command end while a child of it keeps the output open. */
  public FakeCni leaveChild(String command) {
    return script(command, "sleep 3600 &\nexit 0\n");
  }

  /** Lets a command write without end. */
  public FakeCni flood(String command) {
    return script(command, "exec yes 0123456789012345678901234567890123456789\n");
  }

  /** Lets a command succeed and say nothing. */
  public FakeCni succeed(String command) {
    return script(command, "exit 0\n");
  }

  /** Lets a command run any shell script. */
  public FakeCni script(String command, String shell) {
    try {
      // Renamed into place, as a call may read it at the same time.
      Path draft = Files.writeString(home.resolve("draft-" + command), shell);
      Files.move(draft, home.resolve(command), StandardCopyOption.ATOMIC_MOVE);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private FakeCni append(String command, String shell) {
    try {
      return script(command, Files.readString(home.resolve(command)) + shell);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the name by which configurations call for this plug-in. */
  public String type() {
    return type;
  }

  /** Returns the calls that have read all their input, in the order they came. */
  public List<Call> calls() {
    List<Call> calls = new ArrayList<>();
    try {
      for (int n = 0; Files.isDirectory(home.resolve("calls/" + n)); n++) {
        Path call = home.resolve("calls/" + n);
        if (Files.exists(call.resolve("complete"))) {
          calls.add(
              new Call(environment(call.resolve("env")), Files.readString(call.resolve("stdin"))));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return calls;
  }

  /** Returns the calls of one command. */
  public List<Call> calls(String command) {
    return calls().stream().filter(call -> call.command().equals(command)).toList();
  }

  private static Map<String, String> environment(Path file) throws IOException {
    Map<String, String> environment = new LinkedHashMap<>();
    for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        environment.put(line.substring(0, equals), line.substring(equals + 1));
      }
    }
    return environment;
  }
}
