package dev.gantry.network;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One call of one plug-in: finding its program, its environment, its answer or its error (spec
 * section 2).
 */
final class PluginProtocol {
  /** CNI error code 1: the plug-in does not speak the configuration's version. */
  private static final int INCOMPATIBLE_VERSION = 1;

  private static final int STDERR_TAIL = 2048;
  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private final PluginRunner runner;
  private final Duration deadline;

  /**
   * A call.
   *
   * @param netns empty when the namespace is gone
   * @param config what the plug-in reads on its standard input
   */
  record Call(
      CniVerb verb,
      String plugin,
      List<Path> pluginDirs,
      String containerId,
      String netns,
      String interfaceName,
      String args,
      Json.Obj config) {}

  PluginProtocol(PluginRunner runner, Duration deadline) {
    this.runner = runner;
    this.deadline = deadline;
  }

  /** Where the plug-in's program is: the first directory that has it as an executable file. */
  static Optional<Path> find(String plugin, List<Path> pluginDirs) {
    return pluginDirs.stream()
        .map(dir -> dir.resolve(plugin))
        .filter(program -> Files.isRegularFile(program) && Files.isExecutable(program))
        .findFirst();
  }

  static String directories(List<Path> dirs) {
    return dirs.stream().map(Path::toString).collect(Collectors.joining(", "));
  }

  /** Calls and returns what the plug-in printed, which is something for ADD and VERSION only. */
  String call(Call call) throws NetworkException {
    Path program =
        find(call.plugin(), call.pluginDirs())
            .orElseThrow(() ->
                new NetworkException.PluginMissing(
                    call.plugin(),
                    what(call)
                        + "no such program in "
                        + directories(call.pluginDirs())
                        + ": install it there"));
    PluginRunner.Outcome outcome;
    try {
      outcome =
          runner.run(
              new PluginRunner.Call(
                  program, List.of(), environment(call), JsonText.string(call.config()), deadline));
    } catch (IOException e) {
      throw failed(call, 0, "", "cannot run " + program + ": " + e.getMessage(), e);
    }
    if (outcome.timedOut()) {
      throw new NetworkException.PluginTimedOut(
          call.plugin(),
          deadline,
          what(call) + "no answer within " + deadline.toMillis() + " ms, killed" + stderr(outcome));
    }
    if (outcome.exitCode() != 0) {
      throw error(call, outcome);
    }
    if (outcome.truncated()) {
      throw failed(call, 0, tail(outcome.stderr()), "its answer is too long to be a result", null);
    }
    return outcome.stdout();
  }

  /** An answer that is no result: the plug-in is at fault though it reported success. */
  static NetworkException badAnswer(Call call, String stdout, String why) {
    String text = stdout.strip();
    String shown = text.length() > 200 ? text.substring(0, 200) + "…" : text;
    return failed(
        call,
        0,
        "",
        "its answer is no CNI result: " + why + (shown.isEmpty() ? "" : ": " + shown),
        null);
  }

  private NetworkException error(Call call, PluginRunner.Outcome outcome) {
    String tail = tail(outcome.stderr());
    Json.Obj answer;
    try {
      answer = JsonText.parse(outcome.stdout());
    } catch (JsonText.MalformedException e) {
      String text = outcome.stdout().strip();
      String shown = text.isEmpty() ? "" : "; stdout: " + tail(text);
      return failed(
          call,
          0,
          tail,
          "exit code " + outcome.exitCode() + " and no CNI error" + shown + stderr(outcome),
          e);
    }
    int code =
        answer.get("code").orElse(new Json.Null()) instanceof Json.Num(var number)
            ? number.intValue()
            : 0;
    String message =
        answer.string("msg").orElse("no message")
            + answer.string("details").filter(d -> !d.isEmpty()).map(d -> ": " + d).orElse("")
            + " (CNI code "
            + code
            + ")";
    if (code == INCOMPATIBLE_VERSION && call.verb() != CniVerb.VERSION) {
      message += supportedVersions(call);
    }
    return failed(call, code, tail, message + stderr(outcome), null);
  }

  /** What the plug-in says it speaks; empty when it does not even answer that. */
  private String supportedVersions(Call call) {
    try {
      List<String> versions = versions(call.plugin(), call.pluginDirs());
      return versions.isEmpty() ? "" : "; it speaks " + String.join(", ", versions);
    } catch (NetworkException e) {
      return "; it does not say which versions it speaks";
    }
  }

  /** The versions of CNI that the plug-in says it speaks (spec section 4, "VERSION"). */
  List<String> versions(String plugin, List<Path> pluginDirs) throws NetworkException {
    Json.Obj version = Json.Obj.EMPTY.with("cniVersion", CniVersion.V1_0_0.text());
    Call ask = new Call(CniVerb.VERSION, plugin, pluginDirs, "", "", "", "", version);
    String answer = call(ask);
    try {
      return JsonText.parse(answer).strings("supportedVersions");
    } catch (JsonText.MalformedException e) {
      throw badAnswer(ask, answer, String.valueOf(e.getMessage()));
    }
  }

  /**
   * Where programs are looked for, here and by plug-ins; a service may be started without any PATH.
   */
  static String path() {
    return Optional.ofNullable(System.getenv("PATH"))
        .filter(p -> !p.isEmpty())
        .orElse(DEFAULT_PATH);
  }

  private static NetworkException failed(
      Call call, int code, String tail, String message, @Nullable Throwable cause) {
    return new NetworkException.PluginFailed(
        call.plugin(), code, tail, what(call) + message, cause);
  }

  private static String what(Call call) {
    return "CNI "
        + call.verb()
        + " of network "
        + call.config().string("name").orElse("-")
        + ": plug-in "
        + call.plugin()
        + ": ";
  }

  private static String stderr(PluginRunner.Outcome outcome) {
    String tail = tail(outcome.stderr());
    return tail.isEmpty() ? "" : "; stderr: " + tail;
  }

  private static String tail(String text) {
    String stripped = text.strip();
    return stripped.length() > STDERR_TAIL
        ? "…" + stripped.substring(stripped.length() - STDERR_TAIL)
        : stripped;
  }

  /**
   * The daemon's own environment, as libcni gives it (proxies, KUBECONFIG), with nothing of CNI or
   * of the service manager in it, and a PATH on which plug-ins find iptables.
   */
  private static Map<String, String> environment(Call call) {
    Map<String, String> env = new HashMap<>(System.getenv());
    env.keySet().removeIf(name -> name.startsWith("CNI_") || name.equals("NOTIFY_SOCKET"));
    env.put("PATH", path());
    env.put("CNI_COMMAND", call.verb().name());
    env.put("CNI_CONTAINERID", call.containerId());
    env.put("CNI_NETNS", call.netns());
    env.put("CNI_IFNAME", call.interfaceName());
    env.put("CNI_ARGS", call.args());
    env.put(
        "CNI_PATH",
        call.pluginDirs().stream().map(Path::toString).collect(Collectors.joining(":")));
    return env;
  }
}
