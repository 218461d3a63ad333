package dev.gantry.daemon.imageservice;

import dev.gantry.cri.gantry.ImportImagesRequest;
import dev.gantry.cri.gantry.ImportImagesResponse;
import dev.gantry.cri.gantry.ImportedImage;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Requests;
import dev.gantry.daemon.rpc.UploadRpc;
import dev.gantry.image.ImageImporter;
import dev.gantry.image.StoreException;
import dev.gantry.image.StoredImage;
import java.io.InterruptedIOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Adds the images of an archive that the caller sends to the store. */
public final class ImportImages implements UploadRpc<ImportImagesRequest, ImportImagesResponse> {
  private static final int LONGEST_NAME = 4096;

  private final ImageImporter importer;

  public ImportImages(ImageImporter importer) {
    this.importer = importer;
  }

  @Override
  public ImportImagesResponse handle(Requests<ImportImagesRequest> requests) throws Exception {
    ImportImagesRequest first = requests.next();
    if (first == null) {
      throw CallFailure.invalid("import: no archive was sent");
    }
    var response = ImportImagesResponse.newBuilder();
    try (var archive = new UploadStream(first, requests)) {
      for (StoredImage image : importer.importStream(shown(first.getName()), archive)) {
        response.addImages(
            ImportedImage.newBuilder().setId(image.id().toString()).addAllNames(image.repoTags()));
      }
    } catch (StoreException e) {
      throw e.getCause() instanceof InterruptedIOException gone ? interrupted(gone) : e;
    }
    return response.build();
  }

  private static InterruptedException interrupted(InterruptedIOException gone) {
    var interrupted = new InterruptedException(gone.getMessage());
    interrupted.initCause(gone);
    return interrupted;
  }

  private static Path shown(String name) throws CallFailure {
    try {
      return Path.of(name.isEmpty() || name.length() > LONGEST_NAME ? "archive" : name);
    } catch (InvalidPathException e) {
      throw CallFailure.invalid("import: name: " + e.getMessage());
    }
  }
}
