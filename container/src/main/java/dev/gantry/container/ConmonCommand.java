package dev.gantry.container;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The command line of conmon for one create; see conmon(8).
 *
 * @param argv the program and its arguments
 * @param env its whole environment; the runtime inherits it, the container does not
 * @param cwd where it runs: the bundle, as conmon also writes {@code oom} into its working
 *     directory
 */
record ConmonCommand(List<String> argv, Map<String, String> env, Path cwd) {
  /** The descriptor that conmon answers on. */
  static final int SYNC_FD = 3;

  /** The descriptor that conmon waits on before it starts anything. */
  static final int START_FD = 4;

  static final String CONMON_PID_FILE = "conmon.pid";
  static final String INIT_PID_FILE = "pidfile";

  static final String SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  // "/conmon-term.XXXXXX" and its NUL must fit into the 108 bytes of a unix socket's name.
  private static final int LONGEST_SOCKET_DIRECTORY = 107 - 19;

  ConmonCommand {
    argv = List.copyOf(argv);
    env = Map.copyOf(env);
  }

  /**
   * The command for a create.
   *
   * @param runtime what creates: the runtime, or a program with arguments that stands in for it
   * @param log where the output goes, already known to be safe, or null
   * @param startPipe whether conmon waits on {@link #START_FD}
   */
  static ConmonCommand of(
      RuntimeConfig config,
      RuntimeFlavor flavor,
      List<String> runtime,
      CreateRequest request,
      @Nullable Path log,
      boolean startPipe) {
    List<String> argv = new ArrayList<>(48);
    argv.add(config.conmon().toString());
    add(argv, "-c", request.id());
    add(argv, "-u", request.id());
    add(argv, "-n", request.name());
    add(argv, "-r", runtime.getFirst());
    add(argv, "-b", request.bundle());
    add(argv, "-p", request.bundle().resolve(INIT_PID_FILE));
    add(argv, "-P", request.bundle().resolve(CONMON_PID_FILE));
    add(argv, "--exit-dir", request.exitDir());
    add(argv, "--persist-dir", request.persistDir());
    add(argv, "-l", log == null ? "none" : "k8s-file:" + log);
    argv.add("--full-attach");
    // An fsync for every container that ends; what a log lost with the power is lost anyway.
    argv.add("--no-sync-log");
    flag(argv, request.terminal(), "-t");
    flag(argv, request.stdin(), "-i");
    flag(argv, request.stdin() && !request.stdinOnce(), "--leave-stdin-open");
    runtime.stream().skip(1).forEach(argument -> add(argv, "--runtime-arg", argument));
    runtimeOptions(config, flavor).forEach(option -> add(argv, "--runtime-arg", option));
    return new ConmonCommand(argv, environment(config, startPipe), request.bundle());
  }

  /** The runtime's options that stand before its command. */
  static List<String> runtimeOptions(RuntimeConfig config, RuntimeFlavor flavor) {
    List<String> options = new ArrayList<>();
    options.add("--root=" + config.root());
    if (config.systemdCgroup()) {
      options.add("--systemd-cgroup");
    }
    if (flavor == RuntimeFlavor.RUNC) {
      // Its error then comes as plain text; otherwise as a log line about it.
      options.add("--log=/dev/null");
    }
    if (flavor == RuntimeFlavor.RUNSC) {
      // Without it the sandbox and each of its containers go without the filters of their profiles.
      options.add("--oci-seccomp");
    }
    options.addAll(config.options());
    return options;
  }

  private static Map<String, String> environment(RuntimeConfig config, boolean startPipe) {
    Map<String, String> env = new LinkedHashMap<>();
    env.put("PATH", SEARCH_PATH);
    String sockets = config.socketDirectory().toString();
    if (sockets.getBytes(StandardCharsets.UTF_8).length <= LONGEST_SOCKET_DIRECTORY) {
      env.put("TMPDIR", sockets);
    }
    env.put("_OCI_SYNCPIPE", Integer.toString(SYNC_FD));
    if (startPipe) {
      env.put("_OCI_STARTPIPE", Integer.toString(START_FD));
    }
    return env;
  }

  private static void add(List<String> argv, String option, Object value) {
    argv.add(option);
    argv.add(value.toString());
  }

  private static void flag(List<String> argv, boolean wanted, String option) {
    if (wanted) {
      argv.add(option);
    }
  }
}
