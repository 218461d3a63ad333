package dev.gantry.cli.local;

import dev.gantry.cli.CliFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The {@code tar} program between a directory here and a stream of the daemon's. */
public final class TarProcess implements AutoCloseable {
  private static final int LONGEST_COMPLAINT = 4096;

  private final String what;
  private final Process process;
  private final Path complaints;

  private TarProcess(String what, Path directory, List<String> options) throws IOException {
    this.what = what;
    this.complaints = Files.createTempFile("gantry-tar-", ".err");
    List<String> command = new ArrayList<>(List.of("tar", "-C", directory.toString()));
    command.addAll(options);
    this.process =
        new ProcessBuilder(command).redirectError(Redirect.to(complaints.toFile())).start();
  }

  /** One that makes an archive of all that is in a directory. */
  public static TarProcess read(Path directory) {
    return started("read " + directory, directory, List.of("-c", "-f", "-", "."));
  }

  /** One that unpacks an archive into a directory, which is made when it is missing. */
  public static TarProcess write(Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw CliFailure.of("make directory " + directory + ": " + e.getMessage(), e);
    }
    return started("write " + directory, directory, List.of("-x", "-f", "-", "--no-same-owner"));
  }

  private static TarProcess started(String what, Path directory, List<String> options) {
    try {
      return new TarProcess(what, directory, options);
    } catch (IOException e) {
      throw CliFailure.of(what + ": run tar: " + e.getMessage(), e);
    }
  }

  /** The archive that it makes. */
  public InputStream stream() {
    return process.getInputStream();
  }

  /** Where the archive to unpack goes; {@link #ended} closes it. */
  public OutputStream sink() {
    return process.getOutputStream();
  }

  /**
   * Waits for its end.
   *
   * @throws CliFailure with its own words when it failed
   */
  public void ended() {
    try {
      process.getOutputStream().close();
      int exit = process.waitFor();
      if (exit != 0) {
        byte[] words = head(complaints);
        throw CliFailure.of(
            what
                + ": tar: "
                + new String(words, StandardCharsets.UTF_8).strip()
                + " ("
                + exit
                + ")");
      }
    } catch (IOException e) {
      throw CliFailure.of(what + ": tar: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliFailure.of(what + ": interrupted", e);
    }
  }

  private static byte[] head(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(LONGEST_COMPLAINT);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      Files.deleteIfExists(complaints);
    } catch (IOException e) {
      complaints.toFile().deleteOnExit();
    }
  }
}
