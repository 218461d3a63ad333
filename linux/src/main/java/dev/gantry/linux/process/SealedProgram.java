package dev.gantry.linux.process;

import dev.gantry.linux.Fd;
import dev.gantry.linux.file.At;
import dev.gantry.linux.file.FileStat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A copy in memory of an ELF program, which nobody can change (memfd_create(2), {@code
 * F_SEAL_WRITE}). A runtime that enters containers makes one of itself whenever it is run from
 * anything else, and executes that, so that nothing in the container can overwrite it through
 * {@code /proc/<pid>/exe} (CVE-2019-5736); run from such a copy it need not.
 */
public final class SealedProgram implements AutoCloseable {
  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

  private final Fd file;
  private final Path path;

  private SealedProgram(Fd file, Path path) {
    this.file = file;
    this.path = path;
  }

  /**
   * Copies a program as it is now.
   *
   * @throws IOException when it is a script, which is known by its name, when it cannot be read,
   *     and when this node executes nothing that has no name ({@code vm.memfd_noexec})
   */
  public static SealedProgram of(Path program) throws IOException {
    try (InputStream in = Files.newInputStream(program)) {
      if (!Arrays.equals(in.readNBytes(ELF.length), ELF)) {
        throw new IOException(program + ": not an ELF program");
      }
    }
    Fd file = MemoryFile.program(program);
    try {
      Path path =
          Path.of("/proc", Long.toString(ProcessHandle.current().pid()), "fd", "" + file.number());
      FileStat seen = At.stat(Fd.CWD, path.toString(), true);
      FileStat made = At.stat(file);
      if (seen.ino() != made.ino() || seen.dev() != made.dev()) {
        throw new IOException(path + ": /proc is of another PID namespace");
      }
      return new SealedProgram(file, path);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** What to execute, in any process that sees our /proc, until {@link #close}. */
  public Path path() {
    return path;
  }

  @Override
  public void close() {
    file.close();
  }
}
