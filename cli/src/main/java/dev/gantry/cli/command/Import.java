package dev.gantry.cli.command;

import dev.gantry.cli.CliFailure;
import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cri.gantry.ImportImageRequest;
import dev.gantry.cri.gantry.ImportImageResponse;
import dev.gantry.cri.gantry.ImportedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code gantry import}: adds the images of an archive to the runtime's store. */
@Command(name = "import", description = "Add the images of an archive to the store")
final class Import extends CriCommand {
  @Parameters(
      paramLabel = "FILE",
      description = "An OCI layout archive or what `docker save` wrote, plain or gzip-compressed")
  private Path file = Path.of("");

  Import(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    if (!Files.isRegularFile(file)) {
      throw CliFailure.of(
          "import " + file + ": " + (Files.exists(file) ? "not a regular file" : "no such file"));
    }
    // The daemon reads it, and its working directory is another one.
    Path absolute = file.toAbsolutePath().normalize();
    var request = ImportImageRequest.newBuilder().setPath(absolute.toString()).build();
    ImportImageResponse answer = client.workGantry("import " + file, s -> s.importImage(request));
    for (ImportedImage image : answer.getImagesList()) {
      if (image.getNamesCount() == 0) {
        out().println(image.getId());
      }
      image.getNamesList().forEach(name -> out().println(name + " " + image.getId()));
    }
    return 0;
  }
}
