package dev.gantry.container;

import dev.gantry.linux.BlockingCalls;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.file.CorruptRecordException;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.file.RecordFile;
import dev.gantry.linux.process.Spawn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
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
  private static final int RECORD_VERSION = 2;
  private static final int MAX_OUTPUT_BYTES = 16 << 10;

  private final CgroupHost host;
  private final Path directory;
  private final String cgroupParent;
  private final boolean userNamespaces;

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
    this.host = host;
    this.directory = directory;
    this.cgroupParent = cgroupParent;
    this.userNamespaces = userNamespaces;
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
        return new ProbeResult(config.handler(), recall(config, known.get()), null);
      }
      ProbeBundle.removeOld(directory);
      String version = versionOf(config);
      info = RuntimeInfo.of(config, version, false);
      // What works in a user namespace works without: then that one container is enough.
      boolean inside = userNamespaces && worksInside(config, info);
      Optional<String> problem = inside ? Optional.empty() : runContainer(config, info, false);
      if (problem.isEmpty()) {
        info = RuntimeInfo.of(config, version, inside);
        remember(config, key, inside + "\n" + version);
      }
      return new ProbeResult(config.handler(), info, problem.orElse(null));
    } catch (IOException e) {
      return new ProbeResult(config.handler(), info, config.binary() + ": " + e.getMessage());
    }
  }

  private static RuntimeInfo recall(RuntimeConfig config, String text) {
    int line = text.indexOf('\n');
    boolean inside = Boolean.parseBoolean(text.substring(0, line));
    return RuntimeInfo.of(config, text.substring(line + 1), inside);
  }

  private boolean worksInside(RuntimeConfig config, RuntimeInfo info) {
    try {
      Optional<String> problem = runContainer(config, info, true);
      problem.ifPresent(why -> LOG.debug("no user namespaces with {}: {}", info.name(), why));
      return problem.isEmpty();
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
        Spawn.of(config.binary().toString(), "--version")
            .env("PATH", ConmonCommand.SEARCH_PATH)
            .run(DEADLINE, MAX_OUTPUT_BYTES);
    if (!result.success()) {
      throw new IOException("--version: " + Failures.clean(result.stderr()));
    }
    return result.stdoutText();
  }

  /** Runs the probe container; what is wrong, or empty. */
  private Optional<String> runContainer(RuntimeConfig config, RuntimeInfo info, boolean inside)
      throws IOException {
    String id = "gantry-probe-" + UUID.randomUUID();
    String cgroup = cgroupParent + "/" + id;
    String cgroupsPath = config.systemdCgroup() ? cgroupParent + ":gantry:" + id : cgroup;
    RuntimeCli cli = new RuntimeCli(config, info.flavor());
    try (ProbeBundle bundle = ProbeBundle.make(directory, cgroupsPath, info.flavor(), inside)) {
      PrivateFiles.makeDirectories(config.root());
      Spawn.Result run = cli.run(DEADLINE, "run", "--bundle", bundle.dir().toString(), id);
      if (run.success()) {
        return Optional.empty();
      }
      if (run.timedOut()) {
        return Optional.of(
            info.name() + " did not run a container within " + DEADLINE.toSeconds() + " s");
      }
      return Optional.of(explain(info, Failures.clean(run.stderr())));
    } finally {
      cleanUp(config, cli, id, cgroup);
    }
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
      if (Files.exists(config.stateOf(id))) {
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

  /** The version text of a runtime that worked already, when nothing has changed since. */
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
