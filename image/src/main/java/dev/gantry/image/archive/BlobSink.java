package dev.gantry.image.archive;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;

/** Where an exported image goes: named members of an archive or files in a directory. */
public sealed interface BlobSink {
  /** Writes the bytes of a member. */
  @FunctionalInterface
  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Whether this member needs not be written again. */
  boolean has(String name, long size);

  /**
   * Writes a member.
   *
   * @param size what {@code content} will write in bytes
   */
  void put(String name, long size, Content content) throws IOException;

  /** Writes a small member. */
  default void put(String name, byte[] bytes) throws IOException {
    put(name, bytes.length, out -> out.write(bytes));
  }

  /** All has been written. */
  void finish() throws IOException;

  /** A tar archive on a stream. */
  static BlobSink tar(OutputStream out) {
    return new Tar(new TarOutput(out));
  }

  /** A directory, which is made. */
  static BlobSink directory(Path path) throws IOException {
    return new Directory(Files.createDirectories(path));
  }

  /** See {@link #tar}. */
  final class Tar implements BlobSink {
    private final TarOutput tar;
    private final Set<String> written = new HashSet<>();

    private Tar(TarOutput tar) {
      this.tar = tar;
    }

    @Override
    public boolean has(String name, long size) {
      return written.contains(name);
    }

    @Override
    public void put(String name, long size, Content content) throws IOException {
      written.add(name);
      tar.begin(name, size);
      content.writeTo(
          new OutputStream() {
            @Override
            public void write(int b) throws IOException {
              write(new byte[] {(byte) b}, 0, 1);
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
              tar.write(bytes, offset, length);
            }
          });
      tar.end();
    }

    @Override
    public void finish() throws IOException {
      tar.finish();
    }
  }

  /** See {@link #directory}. */
  final class Directory implements BlobSink {
    private final Path root;

    private Directory(Path root) {
      this.root = root;
    }

    /** A file that is there has come by a rename, so it is whole. */
    @Override
    public boolean has(String name, long size) {
      try {
        return name.startsWith("blobs/") && Files.size(root.resolve(name)) == size;
      } catch (IOException absent) {
        return false;
      }
    }

    @Override
    public void put(String name, long size, Content content) throws IOException {
      Path target = root.resolve(name);
      Path parent = Files.createDirectories(target.toAbsolutePath().getParent());
      Path part = Files.createTempFile(parent, ".part-", "");
      boolean done = false;
      try {
        try (FileChannel file = FileChannel.open(part, StandardOpenOption.WRITE);
            OutputStream out = Channels.newOutputStream(file)) {
          content.writeTo(out);
          file.force(false);
        }
        Files.setPosixFilePermissions(
            part, java.nio.file.attribute.PosixFilePermissions.fromString("rw-r--r--"));
        Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
        done = true;
      } finally {
        if (!done) {
          Files.deleteIfExists(part);
        }
      }
    }

    @Override
    public void finish() {}
  }
}
