package dev.gantry.image;

import dev.gantry.image.layer.LayerInput;
import dev.gantry.image.registry.BlobPuller;
import dev.gantry.image.registry.BlobRange;
import dev.gantry.image.registry.RegistrySession;
import dev.gantry.image.transfer.RangeSource;
import dev.gantry.oci.Digest;
import java.io.IOException;
import java.io.InputStream;

/** A blob of a registry: in order over one connection after the other, or in parts over several. */
record RegistryBlob(RegistrySession session, Digest digest)
    implements LayerInput.Source, RangeSource {
  @Override
  public InputStream open() throws IOException {
    return BlobPuller.open(session, digest);
  }

  @Override
  public boolean waits() {
    return true;
  }

  @Override
  public BlobRange open(long from, long toExclusive) throws IOException {
    return BlobPuller.open(session, digest, from, toExclusive);
  }

  @Override
  public void pause(int failures) throws IOException {
    session.pause(failures);
  }

  @Override
  public String distrust() {
    return String.join(", ", session.distrust(digest));
  }

  @Override
  public int hosts() {
    return session.hosts();
  }
}
