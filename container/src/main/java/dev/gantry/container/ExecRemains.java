package dev.gantry.container;

import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.Process;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the commands that an earlier daemon ran in a container when it was killed: nobody hears them
 * any more. What ended by itself before, and what it left running, is not touched.
 */
final class ExecRemains {
  private static final Logger LOG = LoggerFactory.getLogger(ExecRemains.class);
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private ExecRemains() {}

  /** Where the processes of that command of the container are to be looked for. */
  interface Reach {
    ExecReach of(Process process);
  }

  static void end(ContainerRef container, Reach reach) throws RuntimeFailure {
    String what = "end execs of container " + container.id();
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> stream =
        Files.newDirectoryStream(container.bundle(), ExecStart.FILE_PREFIX + "*")) {
      // It may be tried again when this daemon has execs of its own.
      for (Path file : stream) {
        if (!file.getFileName().toString().startsWith(ExecStart.OWN_PREFIX)) {
          files.add(file);
        }
      }
      for (Path file : files) {
        if (file.toString().endsWith(ExecStart.SPEC_SUFFIX)) {
          kill(file, reach, what);
        }
      }
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException noBundle) {
      return;
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    }
  }

  private static void kill(Path file, Reach reach, String what) throws IOException {
    Process process;
    try {
      process = OciJson.parse(Files.readAllBytes(file), Process.class);
    } catch (OciFormatException halfWritten) {
      // It is whole before the runtime is started: so it was not.
      LOG.debug("{}: {} is not whole", what, file, halfWritten);
      return;
    }
    String name = file.getFileName().toString();
    Path pidFile =
        file.resolveSibling(
            name.substring(0, name.length() - ExecStart.SPEC_SUFFIX.length())
                + ExecStart.PID_SUFFIX);
    reach.of(process).killAll(pidFile, DEADLINE, what);
  }
}
