package dev.gantry.container;

import dev.gantry.linux.cgroup.Cgroup;
import dev.gantry.oci.OciFormatException;
import dev.gantry.oci.OciJson;
import dev.gantry.oci.runtime.Process;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
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

  static void end(ContainerRef container, Cgroup group) throws RuntimeFailure {
    String what = "end execs of container " + container.id();
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(container.bundle(), ExecStart.FILE_PREFIX + "*")) {
      for (Path file : files) {
        if (file.toString().endsWith(ExecStart.SPEC_SUFFIX) && group.exists()) {
          killMarked(file, group, what);
        }
        Files.deleteIfExists(file);
      }
    } catch (NoSuchFileException noBundle) {
      return;
    } catch (IOException e) {
      throw RuntimeFailure.system(what, e);
    }
  }

  private static void killMarked(Path file, Cgroup group, String what) throws IOException {
    Process process;
    try {
      process = OciJson.parse(Files.readAllBytes(file), Process.class);
    } catch (OciFormatException halfWritten) {
      // It is whole before the runtime is started: so it was not.
      LOG.debug("{}: {} is not whole", what, file, halfWritten);
      return;
    }
    ExecMark.ofMarked(process).killAll(group, DEADLINE, what);
  }
}
