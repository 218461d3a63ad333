package dev.gantry.image;

import dev.gantry.image.StoreSnapshot.Entry;
import dev.gantry.image.layer.LayerTar;
import dev.gantry.image.store.LayerDirectory;
import dev.gantry.image.store.StoredLayer;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Base64;

/** The bytes of a stored image, which stays until this is closed. */
public final class ImageContent implements AutoCloseable {
  private final Entry entry;
  private final ImageStore store;
  private final LayerDirectory layers;
  private final Lease lease;

  ImageContent(Entry entry, ImageStore store, LayerDirectory layers, Lease lease) {
    this.entry = entry;
    this.store = store;
    this.layers = layers;
    this.lease = lease;
  }

  public StoredImage image() {
    return entry.image();
  }

  /** The configuration; its digest is the image's id. */
  public byte[] config() {
    return Base64.getDecoder().decode(entry.record().config());
  }

  /** The manifest that the image came with, empty when it had none (docker archives). */
  public byte[] manifest() {
    return Base64.getDecoder().decode(entry.record().manifest());
  }

  /** Where files may be made that nobody misses after a crash. */
  public Path temporary() {
    return store.temporary();
  }

  /** What the archive of a layer is to have as its digest. */
  public Digest diffId(LayerId id) throws LayerException {
    return layer(id).diffId();
  }

  /**
   * The archive that a layer came from, byte for byte: its digest is the diff id, which is verified
   * at the end. To be read on a platform thread.
   *
   * @throws LayerException when the layer was unpacked by a Gantry that kept no tar journal
   */
  public InputStream openTar(LayerId id) throws IOException {
    return store.openTar(id);
  }

  /** Bytes of that archive, without reading all of it. */
  public long tarSize(LayerId id) throws IOException {
    return LayerTar.size(layers.directory(id), layer(id).diffId());
  }

  private StoredLayer layer(LayerId id) throws LayerException {
    return layers
        .get(id)
        .orElseThrow(() -> new LayerException("", "no layer " + id.digest(), null));
  }

  @Override
  public void close() {
    lease.close();
  }
}
