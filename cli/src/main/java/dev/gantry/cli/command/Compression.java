package dev.gantry.cli.command;

import dev.gantry.cri.gantry.LayerCompression;

/** How layers are compressed. */
enum Compression {
  NONE(LayerCompression.LAYER_COMPRESSION_NONE),
  GZIP(LayerCompression.LAYER_COMPRESSION_GZIP),
  ZSTD(LayerCompression.LAYER_COMPRESSION_ZSTD);

  private final LayerCompression wire;

  Compression(LayerCompression wire) {
    this.wire = wire;
  }

  LayerCompression wire() {
    return wire;
  }
}
