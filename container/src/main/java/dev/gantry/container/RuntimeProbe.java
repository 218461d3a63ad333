package dev.gantry.container;

import dev.gantry.container.ProbeBundle.Trial;
import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.file.CorruptRecordException;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.file.RecordFile;
import dev.gantry.linux.mount.Mounts;
import dev.gantry.linux.process.Spawn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether a runtime works on this host, by running a container with it: a version or a
 * feature list does not tell whether this kernel and these cgroups suffice.
 *
 * <p>That it works is remembered until the machine starts anew or the program or the cgroup
 * hierarchies change; that it does not is tried again each time, as somebody may have cured it.
 */
public final class RuntimeProbe {
  private static final Logger LOG = LoggerFactory.getLogger(RuntimeProbe.class);
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final Duration CLEANUP_DEADLINE = Duration.ofSeconds(10);
  private static final int RECORD_VERSION = 4;
  private static final int MAX_OUTPUT_BYTES = 16 << 10;

  private final CgroupHost host;
  private final Path directory;
  private final String cgroupParent;
  private final boolean userNamespaces;
  private final boolean recursiveReadOnly;

  /**
   * A prober.
   *
   * @param host the host's cgroups
   * @param directory private, for the probes' bundles and what is remembered
   * @param cgroupParent the cgroup, or systemd slice, that probe containers are made in
   * @param userNamespaces whether to try them
   */
  public RuntimeProbe(
      CgroupHost host, Path directory, String cgroupParent, boolean userNamespaces) {
    this(host, directory, cgroupParent, userNamespaces, Mounts.knowsRecursiveReadOnly());
  }

  /**
   * A prober as on another kernel.
   *
   * @param recursiveReadOnly whether the kernel can make mounts read-only recursively
   */
  RuntimeProbe(
      CgroupHost host,
      Path directory,
      String cgroupParent,
      boolean userNamespaces,
      boolean recursiveReadOnly) {
    this.host = host;
    this.directory = directory;
    this.cgroupParent = cgroupParent;
    this.userNamespaces = userNamespaces;
    this.recursiveReadOnly = recursiveReadOnly;
  }

  /** The first handler of these whose runtime works, and what was found of those before it. */
  public List<ProbeResult> untilOneWorks(List<RuntimeConfig> candidates) {
    List<ProbeResult> results = new ArrayList<>();
    for (RuntimeConfig config : candidates) {
      ProbeResult result = probe(config);
      results.add(result);
      if (result.working().isPresent()) {
        break;
      }
    }
    return List.copyOf(results);
  }

  /** Tries one handler's runtime; that it does not work is an answer, not an error. */
  public ProbeResult probe(RuntimeConfig config) {
    RuntimeInfo info = null;
    try {
      String key = key(config);
      Optional<String> known = remembered(config, key);
      if (known.isPresent()) {
        return new ProbeResult(config.handler(), recalled(config, known.get()), null);
      }
      ProbeBundle.removeOld(directory);
      String version = versionOf(config);
      info = RuntimeInfo.of(config, version, false, false);
      try (RuntimeCli cli = new RuntimeCli(config, info.flavor())) {
        // A runtime says what it knows itself, whatever the kernel does.
        Optional<Boolean> told =
            recursiveReadOnly ? FeatureList.recursiveReadOnly(cli) : Optional.of(false);
        boolean inside = userNamespaces && worksInside(config, info, cli);
        // What works in a user namespace works without: then that one container is enough.
        Outcome outcome =
            inside && told.isPresent()
                ? new Outcome(null, false, false)
                : runContainer(config, info, cli, new Trial(false, told.isEmpty()));
        if (outcome.problem() != null && told.isEmpty() && !outcome.late()) {
          // Perhaps it is the mount option alone that it does not know.
          outcome = runContainer(config, info, cli, new Trial(false, false));
        }
        info = RuntimeInfo.of(config, version, told.orElse(outcome.recursiveReadOnly()), inside);
        if (outcome.problem() == null) {
          remember(
              config,
              key,
              info.features().recursiveReadOnlyMounts() + "\n" + inside + "\n" + version);
        }
        return new ProbeResult(config.handler(), info, outcome.problem());
      }
    } catch (IOException e) {
      return new ProbeResult(config.handler(), info, config.binary() + ": " + e.getMessage());
    }
  }

  /** Whether it runs a container in a user namespace; gVisor has its own, inside of its kernel. */
  private boolean worksInside(RuntimeConfig config, RuntimeInfo info, RuntimeCli cli) {
    if (info.flavor() == RuntimeFlavor.RUNSC) {
      return false;
    }
    try {
      Outcome outcome = runContainer(config, info, cli, new Trial(true, false));
      if (outcome.problem() != null) {
        LOG.debug("no user namespaces with {}: {}", info.name(), outcome.problem());
      }
      return outcome.problem() == null;
    } catch (IOException e) {
      LOG.debug("no user namespaces with {}", info.name(), e);
      return false;
    }
  }

  private static String versionOf(RuntimeConfig config) throws IOException {
    if (!Files.isExecutable(config.binary())) {
      throw new IOException("there is no such program; install it or configure its path");
    }
    Spawn.Result result =
        // crun makes its default root even for this.
        Spawn.of(config.binary().toString(), "--root=" + config.root(), "--version")
            .env("PATH", ConmonCommand.SEARCH_PATH)
            .run(DEADLINE, MAX_OUTPUT_BYTES);
    if (!result.success()) {
      throw new IOException("--version: " + Failures.clean(result.stderr()));
    }
    return result.stdoutText();
  }

  /**
   * How a probe container fared.
   *
   * @param problem why it did not run, or null
   * @param late whether it did not end in time
   * @param recursiveReadOnly whether it found a mount below a read-only one read-only, too
   */
  private record Outcome(@Nullable String problem, boolean late, boolean recursiveReadOnly) {}

  /**
   * Runs a probe container.
   *
   * @param trial what it tries
   */
  private Outcome runContainer(RuntimeConfig config, RuntimeInfo info, RuntimeCli cli, Trial trial)
      throws IOException {
    String id = "gantry-probe-" + UUID.randomUUID();
    String cgroup = cgroupParent + "/" + id;
    String cgroupsPath = config.systemdCgroup() ? cgroupParent + ":gantry:" + id : cgroup;
    try (ProbeBundle bundle = ProbeBundle.make(directory, cgroupsPath, info.flavor(), trial)) {
      PrivateFiles.makeDirectories(config.root());
      Spawn.Result run = cli.run(DEADLINE, runCommand(info, bundle, id));
      if (!run.timedOut() && (run.success() || run.exit().code() == ProbeBundle.WRITABLE_BELOW)) {
        return new Outcome(null, false, trial.recursion() && run.success());
      }
      return new Outcome(
          run.timedOut()
              ? info.name() + " did not run a container within " + DEADLINE.toSeconds() + " s"
              : explain(info, Failures.clean(run.stderr())),
          run.timedOut(),
          false);
    } finally {
      cleanUp(config, cli, id, cgroup);
    }
  }

  /** The probe has no network namespace, which runsc needs to be told. */
  private static String[] runCommand(RuntimeInfo info, ProbeBundle bundle, String id) {
    String dir = bundle.dir().toString();
    return info.flavor() == RuntimeFlavor.RUNSC
        ? new String[] {"--network=none", "run", "--bundle", dir, id}
        : new String[] {"run", "--bundle", dir, id};
  }

  /** What was remembered of a runtime that works. */
  private static RuntimeInfo recalled(RuntimeConfig config, String text) {
    String[] lines = text.split("\n", 3);
    return RuntimeInfo.of(
        config, lines[2], Boolean.parseBoolean(lines[0]), Boolean.parseBoolean(lines[1]));
  }

  private String explain(RuntimeInfo info, String said) {
    String problem = info.name() + " cannot run a container here: " + said;
    if (info.flavor() != RuntimeFlavor.CRUN || host.crunRefuses().isEmpty()) {
      return problem;
    }
    StringBuilder cure = new StringBuilder(problem).append(". Cause: ");
    cure.append(host.crunRefuses().get()).append(". Cure:");
    for (String controller : host.unifiedControllers()) {
      String target = "/sys/fs/cgroup/" + controller;
      cure.append(
          " mkdir -p "
              + target
              + " && mount -t cgroup -o "
              + controller
              + " cgroup "
              + target
              + ";");
    }
    return cure.append(" or use runc").toString();
  }

  private void cleanUp(RuntimeConfig config, RuntimeCli cli, String id, String cgroup) {
    try {
      if (isKnown(config, id)) {
        cli.run(CLEANUP_DEADLINE, "delete", "--force", id);
      }
      BlockingCalls.run(
          "remove probe container " + id,
          CLEANUP_DEADLINE,
          () -> {
            DeleteTree.delete(config.stateOf(id));
            if (!config.systemdCgroup()) {
              Cgroup.of(host, cgroup).kill();
              Cgroup.of(host, cgroup).delete();
            }
            return true;
          });
    } catch (IOException e) {
      LOG.warn("probe container {} cannot be removed", id, e);
    }
  }

  /** Every runtime's files of a container begin with its id, or are in a directory of that name. */
  private static boolean isKnown(RuntimeConfig config, String id) throws IOException {
    if (!Files.isDirectory(config.root())) {
      return false;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(config.root(), id + "*")) {
      return files.iterator().hasNext();
    }
  }

  private String key(RuntimeConfig config) throws IOException {
    Path binary = config.binary();
    boolean there = Files.exists(binary);
    return String.join(
        "\t",
        binary.toString(),
        there ? Files.getLastModifiedTime(binary).toString() : "",
        there ? Long.toString(Files.size(binary)) : "",
        config.options().toString(),
        Boolean.toString(config.systemdCgroup()),
        Boolean.toString(userNamespaces),
        host.mode().name(),
        host.v1().keySet().stream().sorted().toList().toString(),
        host.unifiedControllers().toString());
  }

  private Path recordOf(RuntimeConfig config) {
    return directory.resolve("works-" + config.handler());
  }

  /** What is known of a runtime that worked already, when nothing has changed since. */
  private Optional<String> remembered(RuntimeConfig config, String key) throws IOException {
    try {
      return RecordFile.read(recordOf(config))
          .filter(record -> record.version() == RECORD_VERSION)
          .filter(RecordFile.Content::ofThisBoot)
          .map(record -> new String(record.payload(), StandardCharsets.UTF_8))
          .filter(text -> text.startsWith(key + "\n"))
          .map(text -> text.substring(key.length() + 1));
    } catch (CorruptRecordException e) {
      LOG.debug("what was remembered of {} is unreadable", config.handler(), e);
      return Optional.empty();
    }
  }

  private void remember(RuntimeConfig config, String key, String version) throws IOException {
    byte[] text = (key + "\n" + version).getBytes(StandardCharsets.UTF_8);
    RecordFile.write(recordOf(config), RECORD_VERSION, text, RecordFile.Durability.NONE);
  }
}
