package dev.gantry.container;

import dev.gantry.linux.LinuxException;
import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.linux.cgroup.CgroupHost;
import dev.gantry.linux.cgroup.CgroupMode;
import dev.gantry.linux.process.OrphanReaper;
import dev.gantry.linux.process.Pidfd;
import dev.gantry.linux.process.ProcessId;
import dev.gantry.oci.runtime.LinuxResources;
import dev.gantry.oci.runtime.Process;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Containers of an OCI runtime, each with a conmon of its own; see conmon(8) and the runtime
 * specification's command line.
 */
public final class ConmonRuntime implements ContainerRuntime {
  /** What crun calls the cgroup below a scope when no annotation says otherwise. */
  private static final String CRUN_SUBGROUP = "container";

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
    Cgroup group = Cgroup.of(host, innerCgroup(container.cgroupPath()));
    new ContainerUpdate(cli, info.flavor(), group, container).run(resources, oomScoreAdj);
    if (config.systemdCgroup()) {
      try {
        ScopeProperties.update(container.cgroupPath(), resources, info.flavor());
      } catch (IOException e) {
        throw RuntimeFailure.system("update container " + container.id(), e);
      }
    }
  }

  /**
   * A scope is systemd's to limit, so crun makes a cgroup of its own below it on version 2: systemd
   * would undo with the next daemon-reload what is written to the scope's.
   *
   * @see <a href="https://github.com/containers/crun/blob/main/crun.1.md">crun(1),
   *     run.oci.systemd.subgroup</a>
   */
  @Override
  public String innerCgroup(String cgroupPath) {
    boolean makesOne =
        config.systemdCgroup()
            && info.flavor() == RuntimeFlavor.CRUN
            && host.mode() == CgroupMode.V2;
    Cgroup scope = Cgroup.of(host, cgroupPath);
    return makesOne && scope.child(CRUN_SUBGROUP).exists()
        ? scope.child(CRUN_SUBGROUP).path()
        : cgroupPath;
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
  public void reopenLog(ContainerRef container, Runnable awaited) throws RuntimeFailure {
    LogReopening.run(container, awaited);
  }

  @Override
  public void close() {
    spawner.close();
    cli.close();
  }
}
