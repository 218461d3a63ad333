package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.local.TarProcess;
import dev.gantry.cri.gantry.ArchiveFormat;
import dev.gantry.cri.gantry.ExportImagesRequest;
import dev.gantry.cri.gantry.ExportImagesResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry export}: writes images to an archive or a directory. */
@Command(
    name = "export",
    description = {
      "Write images to an archive that other tools read",
      "An archive is a tar file: an OCI layout, or what `docker load` reads. The images keep their"
          + " ids.",
    })
final class Export extends CriCommand {
  private static final String STDOUT = "-";

  /** What is written. */
  enum Format {
    OCI,
    DOCKER,
    DIR
  }

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE|DIRECTORY|-",
      description = "Where to; - is standard output")
  private String target = "";

  @Option(
      names = "--format",
      paramLabel = "oci|docker|dir",
      description =
          "An OCI or a docker archive, or a directory with an OCI layout (default: dir where the"
              + " output is a directory or ends in /, else oci)")
  private @Nullable Format format;

  @Option(
      names = "--compression",
      paramLabel = "none|gzip|zstd",
      description = "Of the layers in an OCI layout (default: none)")
  private Compression compression = Compression.NONE;

  @Parameters(arity = "1..*", paramLabel = "IMAGE", description = "Name or id of an image")
  private List<String> images = new ArrayList<>();

  Export(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    boolean stdout = target.equals(STDOUT);
    Format wanted = format == null ? usualFormat(stdout) : format;
    if (stdout && wanted == Format.DIR) {
      throw CliFailure.usage("export: standard output is no directory");
    }
    if (wanted == Format.DOCKER && compression != Compression.NONE) {
      throw CliFailure.usage("export: a docker archive has plain layers, so no --compression");
    }
    if (stdout && session().terminal().output()) {
      throw CliFailure.usage("export: an archive is nothing for a terminal")
          .advise("name a file by --output, or send it on: gantry export … -o - | …");
    }
    if (stdout) {
      fetch(client, wanted, out());
      out().flush();
    } else if (wanted == Format.DIR) {
      toDirectory(client, Path.of(target));
    } else {
      toFile(client, wanted, Path.of(target));
    }
    return 0;
  }

  private void toFile(CriClient client, Format wanted, Path file) {
    try {
      boolean there = Files.exists(file);
      if (there && !Files.isRegularFile(file)) {
        // A device or a fifo is written to, never replaced.
        try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.WRITE)) {
          fetch(client, wanted, out);
        }
      } else {
        toRegularFile(client, wanted, there ? file.toRealPath() : file);
      }
    } catch (IOException e) {
      throw CliFailure.of("export to " + file + ": " + e, e);
    }
  }

  private Format usualFormat(boolean stdout) {
    boolean directory = target.endsWith("/") || (!stdout && Files.isDirectory(Path.of(target)));
    return directory ? Format.DIR : Format.OCI;
  }

  // Under another name until it is whole, so that a failure leaves what was there before.
  private void toRegularFile(CriClient client, Format wanted, Path file) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + "." + UUID.randomUUID() + ".part");
    try {
      try (OutputStream out = Files.newOutputStream(part)) {
        fetch(client, wanted, out);
      }
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private void toDirectory(CriClient client, Path directory) {
    if (Files.exists(directory.resolve("index.json"))) {
      throw CliFailure.of("export to " + directory + ": there is an OCI layout in it already")
          .advise("name another directory, or one that is still to be made");
    }
    try (TarProcess tar = TarProcess.write(directory)) {
      fetch(client, Format.OCI, tar.sink());
      tar.ended();
    }
  }

  private void fetch(CriClient client, Format wanted, OutputStream out) {
    var request =
        ExportImagesRequest.newBuilder()
            .addAllImages(images)
            .setCompression(compression.wire())
            .setFormat(
                wanted == Format.DOCKER
                    ? ArchiveFormat.ARCHIVE_FORMAT_DOCKER
                    : ArchiveFormat.ARCHIVE_FORMAT_OCI)
            .build();
    String what = "export " + String.join(" ", images);
    long bytes = client.workGantry(what, s -> copy(what, s.exportImages(request), out));
    session().debug(() -> what + ": " + bytes + " bytes");
  }

  private static long copy(String what, Iterator<ExportImagesResponse> pieces, OutputStream out) {
    long bytes = 0;
    while (pieces.hasNext()) {
      ExportImagesResponse piece = pieces.next();
      try {
        piece.getData().writeTo(out);
      } catch (IOException e) {
        throw CliFailure.of(what + ": write: " + e.getMessage(), e);
      }
      if (out instanceof PrintStream stream && stream.checkError()) {
        throw CliFailure.of(what + ": write: standard output was closed");
      }
      bytes += piece.getData().size();
    }
    return bytes;
  }
}
