package dev.gantry.cli.command;

import com.google.protobuf.ByteString;
import dev.gantry.cli.CliFailure;
import dev.gantry.cri.v1.ContainerConfig;
import dev.gantry.cri.v1.KeyValue;
import dev.gantry.cri.v1.LinuxContainerConfig;
import dev.gantry.cri.v1.PodSandboxConfig;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Option;

/** The options of {@code gantry run} that most runs do without, with docker's names. */
final class RunExtras {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,12})([bkmgBKMG]?)");
  private static final long CPU_PERIOD_MICROS = 100_000;
  private static final int LONGEST_FILE = 1 << 20;

  @Option(
      names = "--entrypoint",
      paramLabel = "PROGRAM",
      description = "Runs instead of the image's entrypoint, with COMMAND as its arguments")
  private String entrypoint = "";

  @Option(
      names = "--env-file",
      paramLabel = "FILE",
      description = "Environment variables, NAME=VALUE a line; # begins a comment")
  private List<Path> environmentFiles = new ArrayList<>();

  @Option(
      names = {"-l", "--label"},
      paramLabel = "KEY=VALUE",
      description = "Label of the pod and the container")
  private List<String> labels = new ArrayList<>();

  @Option(names = "--hostname", paramLabel = "NAME", description = "Default: the pod's name")
  private String hostname = "";

  @Option(
      names = {"-m", "--memory"},
      paramLabel = "SIZE",
      description = "Most memory, as 256m or 2g")
  private String memory = "";

  @Option(names = "--cpus", paramLabel = "NUMBER", description = "Most processors, as 1.5")
  private BigDecimal cpus = BigDecimal.ZERO;

  @Option(names = "--read-only", description = "The root file system cannot be written to")
  private boolean readOnly;

  @Option(names = "--privileged", description = "With all rights and devices of the host")
  private boolean privileged;

  /** Puts into the pod what is the pod's. */
  void apply(PodSandboxConfig.Builder pod) {
    pod.putAllLabels(Arguments.pairs("--label", labels));
    if (!hostname.isEmpty()) {
      pod.setHostname(hostname);
    }
    if (privileged) {
      var linux = pod.getLinux();
      var security = linux.getSecurityContext().toBuilder().setPrivileged(true);
      pod.setLinux(linux.toBuilder().setSecurityContext(security));
    }
  }

  /** Puts into the container what is the container's, before the variables of {@code --env}. */
  void apply(ContainerConfig.Builder container) {
    environmentFiles.forEach(file -> container.addAllEnvs(variables(file)));
    container.putAllLabels(Arguments.pairs("--label", labels));
    if (!entrypoint.isEmpty()) {
      container.addCommand(entrypoint);
    }
    LinuxContainerConfig linux = container.getLinux();
    var resources = linux.getResources().toBuilder();
    if (!memory.isEmpty()) {
      resources.setMemoryLimitInBytes(bytes());
    }
    if (cpus.signum() != 0) {
      resources.setCpuPeriod(CPU_PERIOD_MICROS).setCpuQuota(quota());
    }
    var security =
        linux.getSecurityContext().toBuilder()
            .setReadonlyRootfs(readOnly)
            .setPrivileged(privileged);
    container.setLinux(linux.toBuilder().setResources(resources).setSecurityContext(security));
  }

  private long bytes() {
    Matcher parts = SIZE.matcher(memory);
    if (!parts.matches()) {
      throw CliFailure.usage("--memory " + memory + ": must be a number of bytes, as 256m or 2g");
    }
    int shift =
        "bkmg".indexOf(parts.group(2).isEmpty() ? "b" : parts.group(2).toLowerCase(Locale.ROOT))
            * 10;
    return Long.parseLong(parts.group(1)) << shift;
  }

  private long quota() {
    long quota = cpus.movePointRight(5).longValue();
    // The kernel takes no less than a millisecond.
    if (quota < 1000) {
      throw CliFailure.usage("--cpus " + cpus + ": must be at least 0.01");
    }
    return quota;
  }

  private static List<KeyValue> variables(Path file) {
    List<KeyValue> variables = new ArrayList<>();
    try {
      if (Files.size(file) > LONGEST_FILE) {
        throw CliFailure.usage("--env-file " + file + ": longer than 1 MiB");
      }
      for (String line : Files.readAllLines(file)) {
        int equals = line.indexOf('=');
        if (line.isBlank() || line.startsWith("#")) {
          continue;
        }
        if (equals <= 0) {
          throw CliFailure.usage("--env-file " + file + ": " + line + " is not NAME=VALUE");
        }
        variables.add(
            KeyValue.newBuilder()
                .setKey(line.substring(0, equals))
                .setValue(ByteString.copyFromUtf8(line.substring(equals + 1)))
                .build());
      }
    } catch (IOException e) {
      throw CliFailure.of("read " + file + ": " + e, e);
    }
    return variables;
  }
}
