package dev.gantry.daemon.spec;

import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.KeyValue;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.oci.ContainerDefaults;
import dev.gantry.oci.runtime.Process;
import dev.gantry.oci.runtime.User;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The {@code process} of a specification: what runs, as whom, with which rights. */
final class ProcessSpec {
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private ProcessSpec() {}

  static Process of(SpecInput in) throws CallFailure {
    ContainerConfig config = in.options().config();
    ContainerDefaults image = in.image().config();
    return new Process(
        config.getTty(),
        null,
        new User(in.user().uid(), in.user().gid(), null, in.user().additionalGids()),
        args(config, image),
        env(in, config, image),
        workingDir(config, image),
        in.capabilities(),
        List.of(),
        in.options().security().getNoNewPrivs(),
        in.apparmorProfile(),
        // Also where nothing is asked: the daemon's own value is not a container's.
        ResourceSpec.oomScoreAdj(in.options().config().getLinux().getResources(), in.host()),
        null);
  }

  /**
   * The command line, as Kubernetes defines it: a command replaces the image's entrypoint and cmd,
   * args replace its cmd.
   */
  static List<String> args(ContainerConfig config, ContainerDefaults image) throws CallFailure {
    var args = new ArrayList<String>();
    if (config.getCommandCount() > 0) {
      args.addAll(config.getCommandList());
      args.addAll(config.getArgsList());
    } else {
      args.addAll(image.entrypoint());
      args.addAll(config.getArgsCount() > 0 ? config.getArgsList() : image.cmd());
    }
    if (args.isEmpty() || args.getFirst().isEmpty()) {
      throw CallFailure.invalid(
          "no command: the request has none, and image "
              + config.getImage().getImage()
              + " has neither entrypoint nor cmd");
    }
    return args;
  }

  private static List<String> env(SpecInput in, ContainerConfig config, ContainerDefaults image)
      throws CallFailure {
    Map<String, String> env = new LinkedHashMap<>();
    env.put("PATH", PATH);
    if (config.getTty()) {
      env.put("TERM", "xterm");
    }
    env.put("HOSTNAME", in.hostname());
    for (String variable : image.env()) {
      int equals = variable.indexOf('=');
      if (equals > 0) {
        env.put(variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    for (KeyValue variable : config.getEnvsList()) {
      String name = variable.getKey();
      if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0) {
        throw CallFailure.invalid("envs: \"" + name + "\" is no name of a variable");
      }
      env.put(name, variable.getValue().toStringUtf8());
    }
    return env.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
  }

  private static String workingDir(ContainerConfig config, ContainerDefaults image)
      throws CallFailure {
    String asked = config.getWorkingDir();
    String dir = asked.isEmpty() ? image.workingDir() : asked;
    if (dir == null) {
      return "/";
    }
    String normal = Path.of("/").resolve(dir).normalize().toString();
    if (normal.equals("/proc") || normal.startsWith("/proc/")) {
      throw CallFailure.invalid(
          "working_dir " + dir + " is in /proc, which leads out of a container");
    }
    return normal;
  }
}
