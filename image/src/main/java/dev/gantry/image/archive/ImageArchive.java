package dev.gantry.image.archive;

import dev.gantry.image.ArchiveException;
import dev.gantry.image.layer.Decompression;
import dev.gantry.image.tar.EntryType;
import dev.gantry.image.tar.TarEntry;
import dev.gantry.image.tar.TarLimits;
import dev.gantry.image.tar.TarReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A tar file whose members can be read in any order. A compressed one is unpacked beside the store
 * first.
 */
public final class ImageArchive implements AutoCloseable {
  private static final int MOST_MEMBERS = 200_000;
  private static final int MOST_LINKS = 8;

  private final Path file;
  private final @Nullable Path copy;
  private final FileChannel channel;
  private final Map<String, Member> members = new HashMap<>();

  /**
   * @param link where a symbolic or hard link leads, else null
   */
  private record Member(long offset, long size, @Nullable String link) {}

  private ImageArchive(Path file, @Nullable Path copy, FileChannel channel) {
    this.file = file;
    this.copy = copy;
    this.channel = channel;
  }

  /**
   * Opens an archive, plain, gzip or zstd.
   *
   * @param shown what error messages call it
   * @param temporary directory for the plain copy of a compressed one
   * @param mostBytes bound on that copy
   */
  public static ImageArchive open(Path file, Path shown, Path temporary, long mostBytes)
      throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new ArchiveException(
          shown, Files.exists(file) ? "not a regular file" : "no such file", null);
    }
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    ImageArchive archive = null;
    try {
      if (isPlain(channel)) {
        archive = new ImageArchive(shown, null, channel);
      } else {
        Path copy = plainCopy(file, shown, temporary, mostBytes);
        channel.close();
        channel = FileChannel.open(copy, StandardOpenOption.READ);
        archive = new ImageArchive(shown, copy, channel);
      }
      archive.index();
      return archive;
    } catch (EOFException e) {
      close(channel, archive);
      throw new ArchiveException(shown, "" + e.getMessage(), e);
    } catch (IOException e) {
      close(channel, archive);
      throw e instanceof ArchiveException ? e : new ArchiveException(shown, "" + e.getMessage(), e);
    }
  }

  private static void close(FileChannel channel, @Nullable ImageArchive archive)
      throws IOException {
    channel.close();
    if (archive != null) {
      archive.close();
    }
  }

  private static boolean isPlain(FileChannel channel) throws IOException {
    var head = ByteBuffer.allocate(512);
    channel.read(head, 0);
    return head.position() >= 262
        && head.get(257) == 'u'
        && head.get(258) == 's'
        && head.get(259) == 't'
        && head.get(260) == 'a'
        && head.get(261) == 'r';
  }

  private static Path plainCopy(Path file, Path shown, Path temporary, long mostBytes)
      throws IOException {
    Path copy = Files.createTempFile(temporary, "import-", ".tar");
    boolean done = false;
    try (InputStream in = Decompression.stream(Files.newInputStream(file));
        FileChannel out = FileChannel.open(copy, StandardOpenOption.WRITE)) {
      byte[] buffer = new byte[64 * 1024];
      long sum = 0;
      int n;
      while ((n = in.read(buffer)) >= 0) {
        sum += n;
        if (sum > mostBytes) {
          throw new ArchiveException(shown, "unpacks to more than " + mostBytes + " bytes", null);
        }
        ByteBuffer chunk = ByteBuffer.wrap(buffer, 0, n);
        while (chunk.hasRemaining()) {
          out.write(chunk);
        }
      }
      done = true;
      return copy;
    } finally {
      if (!done) {
        Files.deleteIfExists(copy);
      }
    }
  }

  private void index() throws IOException {
    var reader = new TarReader(new ChannelStream(channel, 0, channel.size()), TarLimits.DEFAULT);
    TarEntry entry;
    try {
      entry = reader.next();
    } catch (IOException e) {
      throw new ArchiveException(file, "not a tar archive", e);
    }
    for (; entry != null; entry = reader.next()) {
      if (members.size() >= MOST_MEMBERS) {
        throw new ArchiveException(file, "more than " + MOST_MEMBERS + " members", null);
      }
      String name = normal(entry.name());
      if (entry.type() == EntryType.FILE && entry.sparse() == null) {
        members.put(name, new Member(reader.position(), entry.size(), null));
      } else if (entry.type() == EntryType.SYMLINK) {
        String base = name.contains("/") ? name.substring(0, name.lastIndexOf('/') + 1) : "";
        members.put(name, new Member(0, 0, normal(base + entry.linkName())));
      } else if (entry.type() == EntryType.HARD_LINK) {
        members.put(name, new Member(0, 0, normal(entry.linkName())));
      }
    }
  }

  private static String normal(String name) {
    var parts = new ArrayList<String>();
    for (String part : name.split("/", -1)) {
      if (part.equals("..") && !parts.isEmpty()) {
        parts.removeLast();
      } else if (!part.isEmpty() && !part.equals(".") && !part.equals("..")) {
        parts.add(part);
      }
    }
    return String.join("/", parts);
  }

  /** Names of all members, as clean paths. */
  public List<String> names() {
    return List.copyOf(members.keySet());
  }

  public boolean has(String name) {
    return find(name).isPresent();
  }

  /** Bytes of a member. */
  public long size(String name) throws ArchiveException {
    return member(name).size();
  }

  /** A small document. */
  public byte[] bytes(String name, int most) throws IOException {
    Member m = member(name);
    if (m.size() > most) {
      throw new ArchiveException(file, name + " exceeds " + most + " bytes", null);
    }
    return new ChannelStream(channel, m.offset(), m.size()).readAllBytes();
  }

  /** A member's bytes; several streams may be read at once. */
  public InputStream stream(String name) throws ArchiveException {
    Member m = member(name);
    return new ChannelStream(channel, m.offset(), m.size());
  }

  private Member member(String name) throws ArchiveException {
    return find(name)
        .orElseThrow(() -> new ArchiveException(file, "there is no " + name + " in it", null));
  }

  private Optional<Member> find(String name) {
    Member m = members.get(normal(name));
    for (int i = 0; m != null && m.link() != null && i < MOST_LINKS; i++) {
      m = members.get(m.link());
    }
    return m == null || m.link() != null ? Optional.empty() : Optional.of(m);
  }

  @Override
  public void close() throws IOException {
    channel.close();
    if (copy != null) {
      Files.deleteIfExists(copy);
    }
  }
}
