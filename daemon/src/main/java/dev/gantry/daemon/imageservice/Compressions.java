package dev.gantry.daemon.imageservice;

import dev.gantry.cri.gantry.LayerCompression;
import dev.gantry.daemon.rpc.CallFailure;
import dev.gantry.oci.MediaTypes.Compression;

/** The compression that a request asks for. */
final class Compressions {
  private Compressions() {}

  static Compression of(LayerCompression asked, Compression usual) throws CallFailure {
    return switch (asked) {
      case LAYER_COMPRESSION_DEFAULT -> usual;
      case LAYER_COMPRESSION_NONE -> Compression.NONE;
      case LAYER_COMPRESSION_GZIP -> Compression.GZIP;
      case LAYER_COMPRESSION_ZSTD -> Compression.ZSTD;
      case UNRECOGNIZED -> throw CallFailure.invalid("compression: unknown number");
    };
  }
}
