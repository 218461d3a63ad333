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
import dev.gantry.daemon.doctor.Binaries;
import dev.gantry.daemon.log.Event;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.cgroup.CgroupHost;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Finds out at start which of the configured OCI runtimes work here, by trying. */
final class HandlerSetup {
  private final DaemonConfig config;
  private final boolean systemdCgroups;
  private final CgroupHost cgroups;
  private final RuntimeProbe probe;
  private final Map<String, ContainerRuntime> known = new LinkedHashMap<>();
  private final Map<String, ContainerRuntime> working = new LinkedHashMap<>();
  private final Map<String, String> refused = new LinkedHashMap<>();

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
   * The handlers; one that does not work is reported and is no reason not to start.
   *
   * @param userNamespaces whether to find out which of them run pods with a user namespace
   */
  static Handlers find(
      DaemonConfig config, CgroupHost cgroups, boolean systemdCgroups, boolean userNamespaces)
      throws IOException {
    var setup = new HandlerSetup(config, cgroups, systemdCgroups, userNamespaces);
    Optional<Path> conmon = Binaries.find(config.conmon());
    for (HandlerConfig handler : config.runtimes().values()) {
      Optional<Path> binary = Binaries.find(handler.path());
      if (conmon.isEmpty()) {
        setup.refused.put(
            handler.name(), config.conmon() + " not found: install the package conmon");
      } else if (binary.isEmpty()) {
        setup.refused.put(
            handler.name(),
            handler.path() + " not found: install it, or drop its [runtimes] table");
      } else {
        setup.probe(handler, binary.get(), conmon.get());
      }
    }
    setup.refused.forEach((name, why) ->
        Event.warn("runtime handler left out").with("handler", name).with("why", why).log());
    return new Handlers(
        setup.known, setup.working, setup.refused, setup.defaultName(), setup::departed);
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

  private void probe(HandlerConfig handler, Path binary, Path conmon) throws IOException {
    RuntimeConfig runtime = runtime(handler, binary, conmon);
    ProbeResult result = probe.probe(runtime);
    RuntimeInfo found = result.found();
    if (found != null) {
      try {
        known.put(
            handler.name(),
            found.features().podSandbox()
                ? new SandboxedRuntime(runtime, found, cgroups)
                : new ConmonRuntime(runtime, found, cgroups));
      } catch (IOException e) {
        refused.put(
            handler.name(),
            Objects.requireNonNullElseGet(result.problem(), () -> String.valueOf(e.getMessage())));
        return;
      }
    }
    if (result.working().isPresent()) {
      working.put(handler.name(), Objects.requireNonNull(known.get(handler.name())));
    } else {
      refused.put(handler.name(), String.valueOf(result.problem()));
    }
  }

  /** Where a handler's runtime keeps its state. */
  private static Path rootOf(DaemonConfig config, String handler) {
    Path configured = config.handler(handler).root();
    return configured != null ? configured : config.state().resolve("runtimes").resolve(handler);
  }

  private String defaultName() {
    if (!config.defaultRuntime().equals(DaemonConfig.AUTO)) {
      return working.containsKey(config.defaultRuntime()) ? config.defaultRuntime() : "";
    }
    return working.keySet().stream().findFirst().orElse("");
  }
}
