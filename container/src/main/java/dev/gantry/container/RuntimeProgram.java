package dev.gantry.container;

import dev.gantry.linux.process.SealedProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file that is executed when the runtime is run. For crun and runc that is a sealed copy in our
 * memory (0.5 and 9 MB), as otherwise each run of theirs begins by making one: a quarter of what
 * {@code crun exec} takes. A program that was upgraded is copied again.
 */
final class RuntimeProgram implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RuntimeProgram.class);

  /** With SELinux a program's label says what it may do, and a copy has not got it. */
  private static final Path SELINUX = Path.of("/sys/fs/selinux/enforce");

  /** Which file was copied. */
  private record Version(@Nullable Object key, FileTime modified, long bytes) {
    static Version of(Path file) throws IOException {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      return new Version(now.fileKey(), now.lastModifiedTime(), now.size());
    }
  }

  private final Path binary;
  private final boolean copies;

  /** Also those of earlier versions: somebody may be about to run one. */
  private final List<SealedProgram> made = new ArrayList<>();

  private @Nullable Version version;
  private Path current;

  RuntimeProgram(Path binary, RuntimeFlavor flavor) {
    this.binary = binary;
    this.current = binary;
    // krun is crun by another name, and goes by that.
    this.copies =
        (flavor == RuntimeFlavor.CRUN || flavor == RuntimeFlavor.RUNC)
            && binary.getFileName().toString().startsWith(flavor.name().toLowerCase(Locale.ROOT))
            && !Files.exists(SELINUX);
  }

  /** What to execute now. */
  synchronized Path path() {
    if (!copies) {
      return binary;
    }
    try {
      Version now = Version.of(binary);
      if (!Objects.equals(now, version)) {
        version = now;
        current = binary;
        SealedProgram copy = SealedProgram.of(binary);
        made.add(copy);
        current = copy.path();
      }
      return current;
    } catch (IOException e) {
      LOG.info("{} is run from its file, as it cannot be copied: {}", binary, e.getMessage());
      return binary;
    }
  }

  @Override
  public synchronized void close() {
    made.forEach(SealedProgram::close);
    made.clear();
    version = null;
  }
}
