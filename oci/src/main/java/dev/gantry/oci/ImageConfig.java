package dev.gantry.oci;

import io.avaje.jsonb.Json;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An image's configuration; the digest of its JSON text is the image's id.
 *
 * @param created RFC 3339 time, as the builder wrote it
 * @see <a href="https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md">image-spec,
 *     image configuration</a>
 */
@Json
public record ImageConfig(
    @Nullable String created,
    @Nullable String author,
    @Nullable String architecture,
    @Nullable String os,
    @Nullable String variant,
    ContainerDefaults config,
    RootFs rootfs,
    List<History> history) {

  public ImageConfig {
    created = Values.blankToNull(created);
    author = Values.blankToNull(author);
    architecture = Values.blankToNull(architecture);
    os = Values.blankToNull(os);
    variant = Values.blankToNull(variant);
    config = config == null ? ContainerDefaults.NONE : config;
    rootfs = Values.required(rootfs, "rootfs");
    history = Values.list(history);
  }

  /** Returns the platform the image is for; what it leaves out is taken from the host's. */
  public Platform platform() {
    Platform host = Platform.host();
    return new Platform(
        os == null ? host.os() : os, architecture == null ? host.arch() : architecture, variant);
  }

  /**
   * Returns the chain ids of the layers, base layer first; the last names the whole file system.
   */
  public List<Digest> chainIds() {
    return ChainId.all(rootfs.diffIds());
  }
}
