package dev.gantry.image;

import dev.gantry.image.registry.BlobPusher;
import dev.gantry.image.registry.RegistrySession;
import dev.gantry.image.store.LayerOrigins.Known;
import dev.gantry.image.store.LayerOrigins.Origin;
import dev.gantry.oci.Digest;
import dev.gantry.oci.ImageReference;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who wants the layers of an image. A layer that is here already may have come with credentials
 * that this one has not: naming its digest must not be enough to get it.
 */
sealed interface LayerClaim {
  /** An archive on this machine; who may import may read everything here. */
  record Local() implements LayerClaim {
    @Override
    public boolean mayHave(Known known, @Nullable Digest blob) {
      return true;
    }

    @Override
    public Known fetched(@Nullable Digest blob) {
      return Known.EVERYONES;
    }
  }

  /**
   * A pull, whose manifest the registry has just given for these credentials.
   *
   * @param secret whether the request brought credentials; those that the node is configured with
   *     are everybody's on it
   */
  record FromRegistry(RegistrySession session, ImageReference reference, boolean secret)
      implements LayerClaim {
    @Override
    public boolean mayHave(Known known, @Nullable Digest blob) throws IOException {
      if (known.free() || known.origins().stream().anyMatch(this::isHere)) {
        return true;
      }
      // A registry is believed what it says of what it has given itself, and nothing else: another
      // one could say yes to every digest.
      boolean sameRegistry =
          known.origins().stream()
              .anyMatch(o -> o.host().equals(reference.host()) && o.blob().equals(blob));
      return blob != null && sameRegistry && isThere(blob);
    }

    private boolean isHere(Origin origin) {
      return origin.host().equals(reference.host())
          && origin.repository().equals(reference.repository());
    }

    private boolean isThere(Digest blob) throws IOException {
      try {
        return BlobPusher.exists(session, blob);
      } catch (RegistryException unclear) {
        return false; // the download will show it
      }
    }

    @Override
    public Known fetched(@Nullable Digest blob) {
      return !secret || blob == null
          ? new Known(!secret, List.of())
          : new Known(false, List.of(new Origin(reference.host(), reference.repository(), blob)));
    }
  }

  /**
   * Whether the layer may be used as it is here; otherwise it has to be fetched, which shows it.
   *
   * @param known of that layer
   * @param blob as the manifest names it
   */
  boolean mayHave(Known known, @Nullable Digest blob) throws IOException;

  /** What is known of a layer that this one has got. */
  Known fetched(@Nullable Digest blob);
}
