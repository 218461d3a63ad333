package dev.gantry.image.layer;

import dev.gantry.image.StoreException;
import dev.gantry.image.tar.TarEntry;
import dev.gantry.image.tar.TarLimits;
import dev.gantry.image.tar.TarReader;
import dev.gantry.linux.Errno;
import dev.gantry.linux.Fd;
import dev.gantry.linux.LinuxException;
import dev.gantry.linux.file.DeleteTree;
import dev.gantry.linux.file.FileStat;
import dev.gantry.linux.mount.ErofsMount;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Proves that a stored layer is what was pulled: journal and files must make an archive with its
 * diff id, and unpacking that archive again, without its data, must make the tree that is there. Of
 * a layer that is its archive, index and archive must belong together. For a platform thread.
 */
public final class LayerVerifier {
  /** Archives that were let in once are no bombs now. */
  private static final long ANY_RATIO = 1L << 50;

  private final Path temporary;
  private final UnpackLimits limits;

  /**
   * @param temporary on a file system with the features of the store's
   */
  public LayerVerifier(Path temporary, UnpackLimits limits) {
    this.temporary = temporary;
    this.limits = limits;
  }

  /** What a layer should be; see {@code StoredLayer}. */
  public record Claim(Digest diffId, boolean selfContained, long blobSize, @Nullable String file) {}

  /** Makes the files of the archive with all but their data. */
  private static final class Hollow implements DataLog {
    @Override
    public boolean wantsData() {
      return false;
    }

    @Override
    public void fileBegins(String path, TarEntry entry) {}

    @Override
    public void fileEnds() {}

    @Override
    public void discard(Fd parent, String name, String path, FileStat stat) throws IOException {
      NONE.discard(parent, name, path, stat);
    }
  }

  /**
   * @param layer directory of the layer
   * @param claim what its record says
   * @param belowTopFirst what it was settled on; ignored for a self-contained one
   * @return what is wrong, empty when nothing is
   * @throws StoreException when it cannot be told, because the disk is full
   */
  public List<String> verify(Path layer, Claim claim, List<Path> belowTopFirst) throws IOException {
    boolean archive = LayerArchive.isIn(layer);
    if (!archive && !Files.isDirectory(layer.resolve("diff"))) {
      return List.of("its directory is missing");
    }
    Path expected = Files.createTempDirectory(temporary, "check-");
    try {
      if (archive) {
        return index(layer, claim, expected, belowTopFirst);
      }
      Files.setPosixFilePermissions(expected, PosixFilePermissions.fromString("rwxr-xr-x"));
      UnpackReport report = unpack(layer, claim, expected);
      if (!claim.selfContained()) {
        LayerSettler.settle(expected, belowTopFirst, report);
      }
      return TreeComparison.compare(
          expected,
          layer.resolve("diff"),
          report.rootTimed() ? Set.of() : Set.of(""),
          claim.selfContained());
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOSPC || e.errno() == Errno.EDQUOT) {
        throw new StoreException(temporary, "check a layer in", e);
      }
      return List.of("" + e.getMessage());
    } catch (StoreException e) {
      throw e;
    } catch (IOException e) {
      return List.of("" + e.getMessage());
    } finally {
      DeleteTree.delete(expected);
    }
  }

  /** An archive must be the one of the diff id, its index the one that is made of it again. */
  private List<String> index(Path layer, Claim claim, Path expected, List<Path> belowTopFirst)
      throws IOException {
    Optional<UnpackReport> made;
    try (InputStream tar = LayerTar.open(layer, claim.diffId())) {
      made =
          LayerArchive.index(
              tar, expected, claim.diffId(), limits, new IndexBudget(), () -> ANY_RATIO);
    }
    Path index = LayerArchive.index(expected);
    boolean same =
        made.isPresent()
            && (claim.selfContained() || LayerArchive.settle(index, made.get(), belowTopFirst))
            && Files.mismatch(index, LayerArchive.index(layer)) < 0;
    return same ? mounted(layer) : List.of("its index is not that of its archive");
  }

  /** The kernel may be another one than that under which it was kept. */
  private static List<String> mounted(Path layer) throws IOException {
    try (Fd mount = LayerArchive.mount(layer)) {
      ErofsMount.tryOverlay(mount, layer);
      return List.of();
    } catch (LinuxException e) {
      return List.of("this kernel cannot mount it: " + e.getMessage());
    }
  }

  private UnpackReport unpack(Path layer, Claim claim, Path expected) throws IOException {
    try (InputStream tar = LayerTar.open(layer, claim.diffId())) {
      UnpackReport report =
          claim.file() == null
              ? LayerUnpacker.unpack(
                  new TarReader(tar, TarLimits.DEFAULT),
                  expected,
                  limits,
                  () -> ANY_RATIO,
                  new Hollow(),
                  new Growth())
              : ArtifactFile.write(
                  claim.file(),
                  claim.blobSize(),
                  tar,
                  expected,
                  limits,
                  new Hollow(),
                  new Growth());
      byte[] rest = new byte[16 * 1024];
      int n;
      do {
        n = tar.read(rest, 0, rest.length);
      } while (n >= 0);
      return report;
    }
  }
}
