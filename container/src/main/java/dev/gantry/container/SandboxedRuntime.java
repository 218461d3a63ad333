package dev.gantry.container;

import dev.gantry.container.RuntimeFailure.Kind;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.process.OrphanReaper;
import dev.gantry.oci.runtime.LinuxResources;
import dev.gantry.oci.runtime.Process;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Containers of gVisor's runsc: those of one pod share the sandbox that {@link PodSandboxes} has
 * made, each with a conmon of its own.
 *
 * <p>The host does not see their processes. So a process of ours stands for each towards conmon
 * (see {@link SandboxMonitor}); signals, kills and figures go through runsc.
 */
public final class SandboxedRuntime implements ContainerRuntime {
  private final RuntimeConfig config;
  private final RuntimeInfo info;
  private final MonitorSpawner spawner;
  private final RuntimeCli cli;
  private final SandboxMonitor monitor;
  private final GuestControl guests;
  private final RunscSandboxes sandboxes;

  /**
   * Begins to serve.
   *
   * @param info what {@link RuntimeProbe} found out
   * @throws IOException when the monitors' cgroup or the monitor's script cannot be made
   */
  public SandboxedRuntime(RuntimeConfig config, RuntimeInfo info, CgroupHost host)
      throws IOException {
    this.config = config;
    this.info = info;
    OrphanReaper.start();
    this.monitor = SandboxMonitor.install(config);
    this.cli = new RuntimeCli(config, info.flavor());
    this.guests = new GuestControl(config, host, cli);
    this.sandboxes = new RunscSandboxes(host, cli, config.socketDirectory());
    this.spawner = new MonitorSpawner(host, config.monitorsCgroup());
  }

  @Override
  public String handler() {
    return config.handler();
  }

  @Override
  public RuntimeInfo info() {
    return info;
  }

  @Override
  public Created create(CreateRequest request) throws RuntimeFailure {
    return new ContainerCreation(config, info, spawner, monitor.command(), this::delete, request)
        .run();
  }

  @Override
  public void start(ContainerRef container) throws RuntimeFailure {
    monitor.start(container, info.name());
  }

  @Override
  public boolean waitsForStart(ContainerRef container) {
    return SandboxMonitor.isAwaited(container);
  }

  @Override
  public void signal(ContainerRef container, int signal) throws RuntimeFailure {
    guests.signal(container, signal);
  }

  @Override
  public void update(
      ContainerRef container, LinuxResources resources, @Nullable Integer oomScoreAdj)
      throws RuntimeFailure {
    throw new RuntimeFailure(
        Kind.UNSUPPORTED,
        "update container "
            + container.id()
            + ": "
            + info.name()
            + " has no limits of single containers; the pod's cgroup limits its sandbox");
  }

  @Override
  public void killAll(ContainerRef container) throws RuntimeFailure {
    guests.killAll(container);
  }

  @Override
  public void delete(ContainerRef container) throws RuntimeFailure {
    guests.delete(container);
  }

  @Override
  public ExecOutcome execSync(ContainerRef container, ExecRequest request) throws RuntimeFailure {
    return new ContainerExec(start(container, request.process()), request).run();
  }

  @Override
  public RunningExec exec(ContainerRef container, ExecStreamsRequest request)
      throws RuntimeFailure {
    return new ExecLaunch(start(container, request.process()), request, config.socketDirectory())
        .run();
  }

  private ExecStart start(ContainerRef container, Process process) {
    return new ExecStart(cli, container, process, new GuestExec(cli, container, process));
  }

  @Override
  public void endOldExecs(ContainerRef container) throws RuntimeFailure {
    ExecRemains.end(container, process -> new GuestExec(cli, container, process));
  }

  @Override
  public Attachment attach(ContainerRef container) throws RuntimeFailure {
    return Attachment.to(container);
  }

  @Override
  public void reopenLog(ContainerRef container, Runnable awaited) throws RuntimeFailure {
    LogReopening.run(container, awaited);
  }

  @Override
  public Optional<GuestUsage> usage(ContainerRef container) throws RuntimeFailure {
    return Optional.of(guests.usage(container));
  }

  @Override
  public Optional<PodSandboxes> podSandboxes() {
    return Optional.of(sandboxes);
  }

  @Override
  public void close() {
    spawner.close();
    cli.close();
  }
}
