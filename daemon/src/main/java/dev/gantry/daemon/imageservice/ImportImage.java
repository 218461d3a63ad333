package dev.gantry.daemon.imageservice;

import dev.gantry.cri.gantry.ImportImageRequest;
import dev.gantry.cri.gantry.ImportImageResponse;
import dev.gantry.cri.gantry.ImportedImage;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Rpc;
import dev.gantry.image.ImageImporter;
import dev.gantry.image.StoredImage;
import java.nio.file.Path;

/** Adds the images of an archive on this machine to the store. */
public final class ImportImage implements Rpc<ImportImageRequest, ImportImageResponse> {
  private final ImageImporter importer;

  public ImportImage(ImageImporter importer) {
    this.importer = importer;
  }

  @Override
  public ImportImageResponse handle(ImportImageRequest request) throws Exception {
    if (!request.getPath().startsWith("/")) {
      throw CallFailure.invalid("import: path " + request.getPath() + " must be absolute");
    }
    var response = ImportImageResponse.newBuilder();
    for (StoredImage image : importer.importArchive(Path.of(request.getPath()))) {
      response.addImages(
          ImportedImage.newBuilder().setId(image.id().toString()).addAllNames(image.repoTags()));
    }
    return response.build();
  }
}
