package dev.gantry.daemon;

import dev.gantry.container.ConmonRuntime;
import dev.gantry.container.ContainerRuntime;
import dev.gantry.container.ProbeResult;
import dev.gantry.container.RuntimeConfig;
import dev.gantry.container.RuntimeInfo;
import dev.gantry.container.RuntimeProbe;
import dev.gantry.container.SandboxedRuntime;
import dev.gantry.daemon.config.DaemonConfig;
import dev.gantry.daemon.config.DaemonConfig.HandlerConfig;
import dev.gantry.daemon.container.Handlers;
import dev.gantry.daemon.container.Handlers.Trial;
import dev.gantry.daemon.doctor.Binaries;
import dev.gantry.daemon.log.Event;
import dev.gantry.daemon.work.Retries;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.cgroup.CgroupHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Objects;
import java.util.Optional;

/** Finds out at start which of the configured OCI runtimes work here, by trying. */
final class HandlerSetup {
  private final DaemonConfig config;
  private final boolean systemdCgroups;
  private final CgroupHost cgroups;
  private final RuntimeProbe probe;

  private HandlerSetup(
      DaemonConfig config, CgroupHost cgroups, boolean systemdCgroups, boolean userNamespaces) {
    this.config = config;
    this.cgroups = cgroups;
    this.systemdCgroups = systemdCgroups;
    this.probe =
        new RuntimeProbe(
            cgroups,
            config.state().resolve("probes"),
            systemdCgroups ? "system.slice" : config.cgroupParent(),
            userNamespaces);
  }

  /**
   * The handlers; one that does not work is reported and is no reason not to start. It is tried
   * again in the background: the machine may have been too busy, or somebody has cured it.
   *
   * @param userNamespaces whether to find out which of them run pods with a user namespace
   */
  static Handlers find(
      DaemonConfig config,
      CgroupHost cgroups,
      boolean systemdCgroups,
      boolean userNamespaces,
      Retries retries) {
    var setup = new HandlerSetup(config, cgroups, systemdCgroups, userNamespaces);
    var trials = new LinkedHashMap<String, Trial>();
    for (HandlerConfig handler : config.runtimes().values()) {
      trials.put(handler.name(), setup.attempt(handler));
    }
    String first = config.defaultRuntime();
    var handlers =
        new Handlers(
            trials, first.equals(DaemonConfig.AUTO) ? Handlers.FIRST : first, setup::departed);
    handlers
        .refused()
        .forEach((name, why) -> {
          Event.warn("runtime handler left out").with("handler", name).with("why", why).log();
          retries.add("try runtime handler " + name, () -> setup.again(name, handlers));
        });
    return handlers;
  }

  private void again(String name, Handlers handlers) throws IOException {
    Trial trial = attempt(config.handler(name));
    handlers.triedAgain(name, trial);
    if (!trial.works()) {
      throw new IOException(trial.problem());
    }
  }

  /** One at a time: a probe begins with the removal of what others have left. */
  private synchronized Trial attempt(HandlerConfig handler) {
    Optional<Path> conmon = Binaries.find(config.conmon());
    if (conmon.isEmpty()) {
      return new Trial(null, config.conmon() + " not found: install the package conmon");
    }
    return Binaries.find(handler.path())
        .map(binary -> attempt(runtime(handler, binary, conmon.get())))
        .orElseGet(() ->
            new Trial(
                null, handler.path() + " not found: install it, or drop its [runtimes] table"));
  }

  private Trial attempt(RuntimeConfig runtime) {
    ProbeResult result = probe.probe(runtime);
    RuntimeInfo found = result.found();
    if (found == null) {
      return new Trial(null, String.valueOf(result.problem()));
    }
    try {
      return new Trial(
          found.features().podSandbox()
              ? new SandboxedRuntime(runtime, found, cgroups)
              : new ConmonRuntime(runtime, found, cgroups),
          result.problem());
    } catch (IOException e) {
      return new Trial(
          null,
          Objects.requireNonNullElseGet(result.problem(), () -> String.valueOf(e.getMessage())));
    }
  }

  /** What ends containers of a handler whose program is not there any more. */
  private ContainerRuntime departed(String handler) {
    Path nowhere = Path.of("/nonexistent");
    RuntimeConfig runtime = runtime(config.handler(handler), nowhere.resolve(handler), nowhere);
    try {
      return new ConmonRuntime(runtime, RuntimeInfo.gone(handler, runtime.binary()), cgroups);
    } catch (LinuxException e) {
      throw new UncheckedIOException("runtime handler " + handler + ", which is gone", e);
    }
  }

  private RuntimeConfig runtime(HandlerConfig handler, Path binary, Path conmon) {
    return new RuntimeConfig(
        handler.name(),
        binary,
        rootOf(config, handler.name()),
        handler.options(),
        conmon,
        config.state().resolve("consoles"),
        systemdCgroups,
        config.monitorsCgroup(),
        RuntimeConfig.CREATE_DEADLINE,
        RuntimeConfig.COMMAND_DEADLINE);
  }

  /** Where a handler's runtime keeps its state. */
  private static Path rootOf(DaemonConfig config, String handler) {
    Path configured = config.handler(handler).root();
    return configured != null ? configured : config.state().resolve("runtimes").resolve(handler);
  }
}
