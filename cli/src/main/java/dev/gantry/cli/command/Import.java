package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.local.TarProcess;
import dev.gantry.cli.progress.ProgressDisplay;
import dev.gantry.cri.gantry.ImportImagesResponse;
import dev.gantry.cri.gantry.ImportedImage;
import dev.gantry.cri.gantry.LayerProgress;
import dev.gantry.cri.gantry.LayerStage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gantry import}: adds the images of an archive to the runtime's store. */
@Command(
    name = "import",
    description = {
      "Add the images of an archive to the store",
      "An archive is an OCI layout or what `docker save` wrote, plain or compressed by gzip or"
          + " zstd. It is sent to the daemon, which need not see the file.",
    })
final class Import extends CriCommand {
  private static final String STDIN = "-";

  @Option(
      names = {"-q", "--quiet"},
      description = "Only the images' ids, and do not show how it gets on")
  private boolean quiet;

  @Parameters(
      paramLabel = "FILE|DIRECTORY|-",
      description = "An archive, a directory that holds an OCI layout, or - for standard input")
  private String source = "";

  Import(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    ImportImagesResponse answer;
    if (source.equals(STDIN)) {
      answer = send(client, "standard input", session().in(), -1);
    } else if (Files.isDirectory(Path.of(source))) {
      try (TarProcess archive = TarProcess.read(Path.of(source))) {
        answer = send(client, source, archive.stream(), -1);
        archive.ended();
      }
    } else {
      answer = sendFile(client, Path.of(source));
    }
    answer.getImagesList().forEach(this::print);
    return 0;
  }

  private ImportImagesResponse sendFile(CriClient client, Path file) {
    if (!Files.exists(file)) {
      throw CliFailure.of("import " + file + ": no such file");
    }
    try (InputStream archive = Files.newInputStream(file)) {
      return send(client, source, archive, Files.size(file));
    } catch (IOException e) {
      throw CliFailure.of("import " + file + ": " + e.getMessage(), e);
    }
  }

  private ImportImagesResponse send(CriClient client, String name, InputStream archive, long size) {
    if (quiet) {
      return client.upload(name, archive, sent -> {});
    }
    try (ProgressDisplay display = ProgressDisplay.start(session(), "importing " + name)) {
      return client.upload(name, archive, sent -> display.update("", List.of(sent(sent, size))));
    }
  }

  private static LayerProgress sent(long bytes, long size) {
    return LayerProgress.newBuilder()
        .setDigest("archive")
        .setBytes(bytes)
        .setTotal(size)
        .setStage(
            bytes == size ? LayerStage.LAYER_STAGE_UNPACKING : LayerStage.LAYER_STAGE_TRANSFER)
        .build();
  }

  private void print(ImportedImage image) {
    if (quiet || image.getNamesCount() == 0) {
      out().println(image.getId());
    } else {
      image.getNamesList().forEach(name -> out().println(name + " " + image.getId()));
    }
  }
}
