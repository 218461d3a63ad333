package dev.gantry.container;

import dev.gantry.linux.LinuxException;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.process.OrphanReaper;
import dev.gantry.linux.process.Pidfd;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.oci.runtime.LinuxResources;
import dev.gantry.oci.runtime.Process;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Containers of an OCI runtime, each with a conmon of its own; see conmon(8) and the runtime
 * specification's command line.
 */
public final class ConmonRuntime implements ContainerRuntime {
  private final RuntimeConfig config;
  private final RuntimeInfo info;
  private final CgroupHost host;
  private final MonitorSpawner spawner;
  private final RuntimeCli cli;
  private final ContainerDeletion deletion;
  private final ContainerStart start;

  /**
   * Begins to serve; the JVM becomes the one that inherits what containers leave behind.
   *
   * @param info what {@link RuntimeProbe} found out
   * @throws LinuxException when the monitors' cgroup cannot be made
   */
  public ConmonRuntime(RuntimeConfig config, RuntimeInfo info, CgroupHost host)
      throws LinuxException {
    this.config = config;
    this.info = info;
    this.host = host;
    OrphanReaper.start();
    this.spawner = new MonitorSpawner(host, config.monitorsCgroup());
    this.cli = new RuntimeCli(config, info.flavor());
    this.deletion = new ContainerDeletion(config, info, host, cli);
    this.start = new ContainerStart(config, info, cli);
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
    List<String> program = List.of(cli.executed().toString());
    return new ContainerCreation(config, info, spawner, program, deletion::run, request).run();
  }

  @Override
  public void start(ContainerRef container) throws RuntimeFailure {
    start.run(container);
  }

  @Override
  public boolean waitsForStart(ContainerRef container) {
    return start.isAwaited(container);
  }

  @Override
  public boolean ownsMounts(ContainerRef container) {
    boolean entered = info.flavor() == RuntimeFlavor.CRUN || info.flavor() == RuntimeFlavor.RUNC;
    return entered && !RuntimeCli.mayHaveHooks(container.bundle());
  }

  @Override
  public void signal(ContainerRef container, int signal) throws RuntimeFailure {
    ProcessId init = container.init();
    if (init == null) {
      return;
    }
    try {
      Optional<Pidfd> open = Pidfd.open(init);
      if (open.isPresent()) {
        try (Pidfd pidfd = open.get()) {
          pidfd.signal(signal);
        }
      }
    } catch (LinuxException e) {
      throw RuntimeFailure.system("signal container " + container.id(), e);
    }
  }

  @Override
  public void update(
      ContainerRef container, LinuxResources resources, @Nullable Integer oomScoreAdj)
      throws RuntimeFailure {
    Cgroup group = Cgroup.of(host, container.cgroupPath());
    new ContainerUpdate(cli, group, container).run(resources, oomScoreAdj);
  }

  @Override
  public void killAll(ContainerRef container) throws RuntimeFailure {
    deletion.kill(container);
  }

  @Override
  public void delete(ContainerRef container) throws RuntimeFailure {
    deletion.run(container);
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
    return new ExecStart(
        cli,
        container,
        process,
        new MarkedExec(container, Cgroup.of(host, container.cgroupPath()), new ExecMark(process)));
  }

  @Override
  public void endOldExecs(ContainerRef container) throws RuntimeFailure {
    Cgroup group = Cgroup.of(host, container.cgroupPath());
    if (group.exists()) {
      ExecRemains.end(
          container, process -> new MarkedExec(container, group, ExecMark.ofMarked(process)));
    }
  }

  @Override
  public Attachment attach(ContainerRef container) throws RuntimeFailure {
    return Attachment.to(container);
  }

  @Override
  public void reopenLog(ContainerRef container) throws RuntimeFailure {
    LogReopening.run(container);
  }

  @Override
  public void close() {
    spawner.close();
    cli.close();
  }
}
