package dev.gantry.oci;

import io.avaje.jsonb.Json;
import java.util.List;

/** The layers of an image by the digests of their uncompressed tars, base layer first. */
@Json
public record RootFs(String type, @Json.Property("diff_ids") List<Digest> diffIds) {
  public RootFs {
    type = type == null || type.isEmpty() ? "layers" : type;
    if (!type.equals("layers")) {
      throw new OciFormatException(
          "image configuration: rootfs.type is \"" + Text.shorten(type) + "\", not \"layers\"");
    }
    diffIds = Values.list(diffIds);
  }
}
