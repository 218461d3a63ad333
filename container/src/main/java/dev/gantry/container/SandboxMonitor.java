package dev.gantry.container;

import dev.gantry.container.RuntimeFailure.Kind;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.event.EventLoop;
import dev.gantry.linux.event.EventLoop.Registration;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.OpenFlags;
import dev.gantry.linux.process.Pidfd;
import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.RuntimeSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The script {@code sandboxed.sh}, which conmon runs in the place of the runtime and takes for the
 * container: it starts the container when it is told to and ends as the container does.
 */
final class SandboxMonitor {
  private static final String SCRIPT = "sandboxed.sh";
  private static final String GO = "exec.fifo";
  private static final String STARTED = "started.fifo";
  private static final String LOG = "start.log";
  private static final Pattern MESSAGE = Pattern.compile("\"msg\":\"((?:[^\"\\\\]|\\\\.)*)\"");

  /** All that the script leaves in the bundle. */
  static final List<String> FILES =
      List.of(GO, STARTED, LOG, ConmonCommand.INIT_PID_FILE + ".runtime");

  private final RuntimeConfig config;
  private final Path script;

  private SandboxMonitor(RuntimeConfig config, Path script) {
    this.config = config;
    this.script = script;
  }

  /** Puts the script into the handler's root directory; containers that run keep the old one. */
  static SandboxMonitor install(RuntimeConfig config) throws IOException {
    PrivateFiles.makeDirectories(config.root());
    Path script = config.root().resolve(SCRIPT);
    try (InputStream in = SandboxMonitor.class.getResourceAsStream(SCRIPT)) {
      byte[] text = Objects.requireNonNull(in).readAllBytes();
      Path fresh = config.root().resolve(SCRIPT + ".new");
      PrivateFiles.write(fresh, text);
      Files.move(fresh, script, StandardCopyOption.REPLACE_EXISTING);
    }
    return new SandboxMonitor(config, script);
  }

  /** What conmon runs. A shell, because the state directory may be mounted noexec. */
  List<String> command() {
    return List.of("/bin/sh", script.toString(), config.binary().toString());
  }

  /** Whether the container waits for a start. */
  static boolean isAwaited(ContainerRef container) {
    return Files.exists(container.bundle().resolve(GO));
  }

  /**
   * Has the container started.
   *
   * @param program the runtime's name, for messages
   */
  @SuppressWarnings("try") // the watches only have to end
  void start(ContainerRef container, String program) throws RuntimeFailure {
    String what = "start container " + container.id();
    CompletableFuture<Integer> answer = new CompletableFuture<>();
    try (Fd started = open(container, STARTED, OpenFlags.RDONLY);
        Fd go = open(container, GO, OpenFlags.WRONLY);
        Pidfd monitor = Pidfd.open(Objects.requireNonNull(container.init())).orElse(null)) {
      if (monitor == null) {
        throw ended(what);
      }
      InputStream in = started.input();
      EventLoop.IoHandler look = events -> answer.complete(in.read());
      try (Registration byteWatch = EventLoop.shared().watch(started, EventLoop.IN, look);
          Registration deathWatch = EventLoop.shared().watch(monitor.fd(), EventLoop.IN, look)) {
        go.write(ByteBuffer.allocateDirect(1).put((byte) '\n').flip());
        if (!Futures.await(answer, config.commandDeadline(), what)) {
          throw new RuntimeFailure(Kind.TIMED_OUT, what + ": " + program + " does not answer");
        }
      }
    } catch (LinuxException e) {
      boolean nobody =
          e.errno() == Errno.ENXIO || e.errno() == Errno.EPIPE || e.errno() == Errno.ENOENT;
      throw nobody ? ended(what) : RuntimeFailure.system(what, e);
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    }
    if (Futures.value(answer, what) != '0') {
      throw refused(container, what, program);
    }
  }

  private static Fd open(ContainerRef container, String fifo, int flags) throws LinuxException {
    Path path = container.bundle().resolve(fifo);
    return At.open(At.CWD, path.toString(), flags | OpenFlags.NONBLOCK, 0);
  }

  private static RuntimeFailure ended(String what) {
    return new RuntimeFailure(Kind.NOT_RUNNING, what + ": it has ended, or was never made");
  }

  private static RuntimeFailure refused(ContainerRef container, String what, String program)
      throws RuntimeFailure {
    try {
      RuntimeSpec spec =
          OciJson.parse(
              Files.readAllBytes(container.bundle().resolve("config.json")), RuntimeSpec.class);
      return Failures.command(
          what,
          program,
          reason(container.bundle().resolve(LOG)),
          CommandLookup.ofBundle(container.bundle(), spec),
          Objects.requireNonNull(spec.process()));
    } catch (IOException | OciFormatException e) {
      throw new RuntimeFailure(Kind.RUNTIME, what + ": " + program + " did not start it", e);
    }
  }

  /** The last message of a log of runsc's, in which each line is a JSON object. */
  static String reason(Path log) throws IOException {
    if (!Files.exists(log)) {
      return "";
    }
    Optional<String> last =
        new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> MESSAGE.matcher(line).find())
            .reduce((first, second) -> second);
    Matcher message = MESSAGE.matcher(last.orElse(""));
    return message.find() ? message.group(1).replace("\\\"", "\"").replace("\\n", "; ") : "";
  }
}
