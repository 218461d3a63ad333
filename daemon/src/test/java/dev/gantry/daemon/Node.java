package dev.gantry.daemon;

import dev.gantry.cri.channel.CriChannel;
import dev.gantry.cri.channel.ImageUpload;
import dev.gantry.cri.gantry.GantryServiceGrpc.GantryServiceBlockingStub;
import dev.gantry.cri.gantry.ImportImagesResponse;
import dev.gantry.cri.v1.ImageServiceGrpc.ImageServiceBlockingStub;
import dev.gantry.cri.v1.ListPodSandboxRequest;
import dev.gantry.cri.v1.PodSandbox;
import dev.gantry.cri.v1.RemovePodSandboxRequest;
import dev.gantry.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import dev.gantry.cri.v1.VersionRequest;
import dev.gantry.daemon.config.ConfigException;
import dev.gantry.daemon.config.ConfigLoader;
import dev.gantry.daemon.config.DaemonConfig;
import dev.gantry.daemon.config.DaemonConfig.LogLevel;
import dev.gantry.daemon.log.Logging;
import dev.gantry.network.BuiltinBridge;
import dev.gantry.testkit.ImageArchive;
import dev.gantry.testkit.TestDirs;
import dev.gantry.testkit.TestImage;
import dev.gantry.testkit.TestNames;
import io.grpc.ClientInterceptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A daemon on directories, cgroups and a network of its own, and the calls on its socket. It runs
 * in this JVM, or in one of its own that can be killed and started again.
 *
 * <p>Closing it removes every pod and fails when anything of them is left.
 */
final class Node implements AutoCloseable {
  /** The image that {@link #start} imports: busybox with {@code sh} as its command. */
  static final String BUSYBOX = "test.example/busybox:1";

  private static final int START_SECONDS = 120;

  final TestDirs dirs;
  final DaemonConfig config;

  private final boolean ownProcess;
  private final String locale;
  private final ClientInterceptor[] interceptors;
  private final Path file;
  private @Nullable Daemon daemon;
  private @Nullable Process process;
  private @Nullable CriChannel channel;

  private Node(TestDirs dirs, Path file, Options options) {
    this.interceptors = options.interceptors;
    this.dirs = dirs;
    this.file = file;
    this.ownProcess = options.ownProcess;
    this.locale = options.locale;
    try {
      this.config = ConfigLoader.load(file, true, Map.of());
    } catch (ConfigException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What may be different from the usual node: the built-in network, crun, a process or not. */
  static final class Options {
    private boolean ownProcess;
    private String locale = "C.UTF-8";
    private boolean builtinNetwork = true;
    private boolean busybox = true;
    private ClientInterceptor[] interceptors = {};
    private String network = "";
    private String images = "";
    private String container = "";
    private String logLevel = "warn";
    private String cgroupDriver = "cgroupfs";
    private String runtimes = "[runtimes.crun]\npath = \"crun\"\n";
    private String defaultRuntime = DaemonConfig.AUTO;

    /** Runs the daemon in a JVM of its own. */
    Options inOwnProcess() {
      ownProcess = true;
      return this;
    }

    /** The locale of a JVM of its own; otherwise that of {@code bin/gantry}. */
    Options locale(String name) {
      locale = name;
      return this;
    }

    /** Uses CNI configurations in {@link Node#cniConfigs} and plug-ins in {@link Node#plugins}. */
    Options cni(String moreToml) {
      builtinNetwork = false;
      network = moreToml;
      return this;
    }

    /** How much it logs. */
    Options logLevel(String level) {
      logLevel = level;
      return this;
    }

    /** Has systemd make the cgroups of containers; without it they are all in the node's own. */
    Options systemdCgroups() {
      cgroupDriver = "systemd";
      return this;
    }

    /** What the calls of its clients go through. */
    Options interceptors(ClientInterceptor... some) {
      interceptors = some;
      return this;
    }

    /** Starts without any image. */
    Options withoutImage() {
      busybox = false;
      return this;
    }

    /** More settings of {@code [image]}. */
    Options images(String toml) {
      images = toml;
      return this;
    }

    /** Settings of {@code [container]}; {@code %s} in it is the node's own directory. */
    Options container(String toml) {
      container = "[container]\n" + toml + "\n";
      return this;
    }

    /** crun and runc, for tests that are {@link WithEachRuntime}. */
    Options eachRuntime() {
      return runtimes("[runtimes.crun]\npath = \"crun\"\n[runtimes.runc]\npath = \"runc\"\n");
    }

    /** The {@code [runtimes]} tables. */
    Options runtimes(String toml) {
      runtimes = toml;
      return this;
    }

    /** The handler of pods that name none; otherwise the first that works. */
    Options defaultRuntime(String handler) {
      defaultRuntime = handler;
      return this;
    }

    Node start() {
      return start(new TestDirs());
    }

    /** Starts it in directories that the caller closes too, where no other node may be. */
    Node start(TestDirs dirs) {
      try {
        var node = new Node(dirs, write(dirs), this);
        node.boot();
        if (busybox) {
          node.importBusybox();
        }
        return node;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private Path write(TestDirs dirs) throws IOException {
      dirs.dir("cni");
      dirs.dir("bin");
      String toml =
          """
          root = "%s"
          state = "%s"
          listen = "unix://%s"
          log_level = "%s"
          log_format = "text"
          cgroup_driver = "%s"
          cgroup_parent = "%s"
          monitors_cgroup = "%s"
          default_runtime = "%s"
          [image]
          certs_dirs = ["%s"]
          registries_conf = ""
          auth_files = []
          %s
          [network]
          default_network = %s
          config_dirs = ["%s"]
          plugin_dirs = ["%s", "/opt/cni/bin", "/usr/lib/cni"]
          %s
          %s
          %s
          """
              .formatted(
                  dirs.root(),
                  dirs.state(),
                  dirs.socket(),
                  logLevel,
                  cgroupDriver,
                  TestNames.cgroup(),
                  TestNames.cgroup(),
                  defaultRuntime,
                  dirs.dir("certs.d"),
                  images,
                  builtinNetwork,
                  dirs.path("cni"),
                  dirs.path("bin"),
                  network,
                  container.replace("%s", dirs.base().toString()),
                  runtimes);
      return Files.writeString(dirs.path("config.toml"), toml);
    }
  }

  static Options options() {
    return new Options();
  }

  /** A node in this JVM with the built-in network, crun and the image {@link #BUSYBOX}. */
  static Node start() {
    return options().start();
  }

  /** Starts the daemon, again after {@link #kill} or {@link #stop}. */
  void boot() throws IOException {
    if (ownProcess) {
      process = launch();
    } else {
      Logging.start(LogLevel.ERROR, false);
      daemon = Daemon.start(config);
    }
    channel = CriChannel.open(config.socket().toString());
    runtime()
        .withWaitForReady()
        .withDeadlineAfter(START_SECONDS, TimeUnit.SECONDS)
        .version(VersionRequest.getDefaultInstance());
  }

  private Process launch() throws IOException {
    var builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xshare:auto",
                "-cp",
                System.getProperty("java.class.path"),
                DaemonMain.class.getName(),
                "--config",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .redirectInput(Path.of("/dev/null").toFile());
    builder.environment().put("LC_ALL", locale);
    // The socket of a killed daemon is still there, and refuses.
    return builder.start();
  }

  /** What the daemon in a process of its own has logged. */
  Path log() {
    return dirs.path("daemon.log");
  }

  /** The daemon's process, where it has one of its own. */
  long pid() {
    return Objects.requireNonNull(process).pid();
  }

  /** Kills the daemon's process, as a crash or the kernel would. */
  void kill() {
    Process running = Objects.requireNonNull(process);
    closeChannel();
    running.destroyForcibly();
    await(running);
    process = null;
  }

  /** Ends the daemon as SIGTERM does; containers go on. */
  void stop() {
    closeChannel();
    Process running = process;
    if (running != null) {
      running.destroy();
      await(running);
      process = null;
    }
    Daemon here = daemon;
    if (here != null) {
      here.close();
      daemon = null;
    }
  }

  private static void await(Process running) {
    try {
      if (!running.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
        running.destroyForcibly();
        throw new AssertionError("the daemon does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void closeChannel() {
    CriChannel open = channel;
    if (open != null) {
      open.close();
      channel = null;
    }
  }

  RuntimeServiceBlockingStub runtime() {
    return Objects.requireNonNull(channel)
        .runtime()
        .withInterceptors(interceptors)
        .withInterceptors(new FieldLoss());
  }

  ImageServiceBlockingStub images() {
    return Objects.requireNonNull(channel)
        .images()
        .withInterceptors(interceptors)
        .withInterceptors(new FieldLoss());
  }

  GantryServiceBlockingStub gantry() {
    return Objects.requireNonNull(channel).gantry();
  }

  /** Where CNI configurations are looked for. */
  Path cniConfigs() {
    return dirs.path("cni");
  }

  /** Where CNI plug-ins are looked for first. */
  Path plugins() {
    return dirs.path("bin");
  }

  /** Puts an image into the store under a name. */
  void importImage(String name, TestImage image) throws IOException {
    Path tar = dirs.path("import-" + TestNames.word() + ".tar");
    ImageArchive.ociLayout(tar, Map.of(name, image));
    importArchive(tar);
    Files.delete(tar);
  }

  /** Sends an archive to the daemon. */
  ImportImagesResponse importArchive(Path tar) throws IOException {
    try (InputStream in = Files.newInputStream(tar)) {
      return ImageUpload.send(
          Objects.requireNonNull(channel).channel(), tar.toString(), in, sent -> {});
    }
  }

  private void importBusybox() throws IOException {
    importImage(BUSYBOX, TestImage.busybox());
  }

  /** A new pod of that name, not yet run. */
  TestPod pod(String name) {
    return new TestPod(this, name);
  }

  /** Removes every pod with its containers. */
  void removeAllPods() {
    RuntimeServiceBlockingStub bare = Objects.requireNonNull(channel).runtime();
    for (PodSandbox pod :
        bare.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList()) {
      bare.removePodSandbox(
          RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod.getId()).build());
    }
  }

  /** What pods and containers have left on this machine; empty when there are none. */
  List<String> leftovers() {
    return new Leftovers(this).find();
  }

  BuiltinBridge bridge() {
    return BuiltinBridge.in(config.state());
  }

  /** Removes what is there, says what is left of it, and ends the daemon. */
  @Override
  public void close() {
    List<String> left;
    try {
      removeAllPods();
      left = leftovers();
    } finally {
      destroy();
    }
    if (!left.isEmpty()) {
      throw new AssertionError("left behind:\n  " + String.join("\n  ", left));
    }
  }

  /** Ends the daemon and removes what is its own, without a look at what pods left. */
  void destroy() {
    try {
      stop();
      Remains.remove(config);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      dirs.close();
    }
  }
}
