package dev.gantry.daemon.imageservice;

import dev.gantry.cri.gantry.ExportImagesRequest;
import dev.gantry.cri.gantry.ExportImagesResponse;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.daemon.rpc.Responses;
import dev.gantry.daemon.rpc.StreamRpc;
import dev.gantry.image.ImageExporter;
import dev.gantry.image.ImageExporter.Format;
import dev.gantry.image.ImageExporter.Options;
import dev.gantry.oci.MediaTypes.Compression;
import java.util.ArrayList;

/** Sends images as a tar archive, no faster than the caller reads it. */
public final class ExportImages implements StreamRpc<ExportImagesRequest, ExportImagesResponse> {
  private static final int MOST_IMAGES = 1000;

  private final ImageNaming names;
  private final ImageExporter exporter;

  public ExportImages(ImageNaming names, ImageExporter exporter) {
    this.names = names;
    this.exporter = exporter;
  }

  @Override
  public void handle(ExportImagesRequest request, Responses<ExportImagesResponse> responses)
      throws Exception {
    if (request.getImagesCount() == 0 || request.getImagesCount() > MOST_IMAGES) {
      throw CallFailure.invalid("export: 1 to " + MOST_IMAGES + " images are needed");
    }
    var images = new ArrayList<String>();
    for (String image : request.getImagesList()) {
      if (names.find(image).isEmpty()) {
        throw CallFailure.notFound("export " + image + ": there is no such image here");
      }
      images.add(names.stored(image));
    }
    Format format =
        switch (request.getFormat()) {
          case ARCHIVE_FORMAT_OCI -> Format.OCI;
          case ARCHIVE_FORMAT_DOCKER -> Format.DOCKER;
          case UNRECOGNIZED -> throw CallFailure.invalid("export: unknown format");
        };
    Compression compression = Compressions.of(request.getCompression(), Compression.NONE);
    try (var archive = new DownloadStream(responses)) {
      exporter.export(images, new Options(format, compression), archive);
    }
  }
}
