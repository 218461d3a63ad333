package dev.gantry.cli.command;

import com.google.protobuf.ByteString;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.Int64Value;
import dev.gantry.cri.v1.KeyValue;
import dev.gantry.cri.v1.LinuxContainerSecurityContext;
import dev.gantry.cri.v1.Mount;
import dev.gantry.cri.v1.PodSandboxConfig;
import dev.gantry.cri.v1.PortMapping;
import dev.gantry.cri.v1.Protocol;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of {@code gantry run} that say how the container is to be. */
final class RunOptions {
  private static final Pattern PORT =
      Pattern.compile("(?:(?:(\\[[^\\]]+\\]|[^:]+):)?(\\d+):)?(\\d+)(?:/(tcp|udp|sctp))?");
  private static final Pattern NUMBERS = Pattern.compile("(\\d+)(?::(\\d+))?");

  @Option(
      names = {"-e", "--env"},
      paramLabel = "NAME[=VALUE]",
      description = "Environment variable; without a value that of this shell")
  private List<String> environment = new ArrayList<>();

  @Option(
      names = {"-p", "--publish"},
      paramLabel = "[[IP:]HOST:]CONTAINER[/PROTOCOL]",
      description = "Reach the container's port by a port of the host")
  private List<String> ports = new ArrayList<>();

  @Option(
      names = {"-v", "--volume"},
      paramLabel = "HOST:CONTAINER[:ro]",
      description = "Show a file or directory of the host in the container")
  private List<String> volumes = new ArrayList<>();

  @Option(
      names = "--user",
      paramLabel = "USER",
      description = "UID, UID:GID or a name of the image's /etc/passwd")
  private String user = "";

  @Option(
      names = {"-w", "--workdir"},
      paramLabel = "DIR",
      description = "Working directory")
  private String workdir = "";

  @Mixin private RunExtras extras = new RunExtras();

  @Option(names = "--host-network", description = "Use the host's network")
  private boolean hostNetwork;

  boolean hostNetwork() {
    return hostNetwork;
  }

  /** Puts into the pod what is the pod's: its ports. */
  void apply(PodSandboxConfig.Builder pod) {
    if (hostNetwork && !ports.isEmpty()) {
      throw CliFailure.usage("--publish is for a network of its own, not for --host-network");
    }
    ports.forEach(port -> pod.addPortMappings(port(port)));
    extras.apply(pod);
  }

  /** Puts into the container what is the container's. */
  void apply(Session session, ContainerConfig.Builder container) {
    extras.apply(container);
    environment.forEach(variable -> container.addEnvs(variable(session, variable)));
    volumes.forEach(volume -> container.addMounts(mount(volume)));
    container.setWorkingDir(workdir);
    if (!user.isEmpty()) {
      var linux = container.getLinux().toBuilder();
      linux.setSecurityContext(withUser(linux.getSecurityContext()));
      container.setLinux(linux);
    }
  }

  static PortMapping port(String text) {
    Matcher parts = PORT.matcher(text);
    if (!parts.matches()) {
      throw CliFailure.usage(
          "--publish " + text + ": must be [[IP:]HOST:]CONTAINER[/tcp|udp|sctp], as 8080:80");
    }
    String ip = parts.group(1) == null ? "" : parts.group(1).replaceAll("[\\[\\]]", "");
    int container = number(text, parts.group(3));
    int host = parts.group(2) == null ? container : number(text, parts.group(2));
    String protocol = parts.group(4) == null ? "tcp" : parts.group(4);
    Protocol number =
        switch (protocol) {
          case "udp" -> Protocol.UDP;
          case "sctp" -> Protocol.SCTP;
          default -> Protocol.TCP;
        };
    return PortMapping.newBuilder()
        .setHostIp(ip)
        .setHostPort(host)
        .setContainerPort(container)
        .setProtocol(number)
        .build();
  }

  private static int number(String text, String port) {
    int number = port.length() > 5 ? 0 : Integer.parseInt(port);
    if (number < 1 || number > 65_535) {
      throw CliFailure.usage("--publish " + text + ": a port is a number from 1 to 65535");
    }
    return number;
  }

  private static KeyValue.Builder variable(Session session, String text) {
    int equals = text.indexOf('=');
    String name = equals < 0 ? text : text.substring(0, equals);
    if (name.isEmpty()) {
      throw CliFailure.usage("--env " + text + ": must be NAME=VALUE or NAME");
    }
    String own = session.environment(name);
    String value = equals >= 0 ? text.substring(equals + 1) : own == null ? "" : own;
    return KeyValue.newBuilder().setKey(name).setValue(ByteString.copyFromUtf8(value));
  }

  private static Mount.Builder mount(String text) {
    String[] parts = text.split(":", -1);
    boolean readOnly = parts.length == 3 && parts[2].equals("ro");
    if (parts.length < 2 || parts.length > 3 || (parts.length == 3 && !readOnly)) {
      throw CliFailure.usage("--volume " + text + ": must be HOST:CONTAINER or HOST:CONTAINER:ro");
    }
    return Mount.newBuilder()
        .setHostPath(Path.of(parts[0]).toAbsolutePath().normalize().toString())
        .setContainerPath(parts[1])
        .setReadonly(readOnly);
  }

  private LinuxContainerSecurityContext withUser(LinuxContainerSecurityContext context) {
    var result = context.toBuilder();
    Matcher numbers = NUMBERS.matcher(user);
    if (!numbers.matches()) {
      return result.setRunAsUsername(user).build();
    }
    result.setRunAsUser(value(numbers.group(1)));
    if (numbers.group(2) != null) {
      result.setRunAsGroup(value(numbers.group(2)));
    }
    return result.build();
  }

  private static Int64Value value(String number) {
    try {
      return Int64Value.newBuilder().setValue(Integer.parseInt(number)).build();
    } catch (NumberFormatException e) {
      throw CliFailure.usage("--user " + number + ": is no user id");
    }
  }
}
