package dev.gantry.image.registry;

import dev.gantry.image.registry.RegistriesToml.Content;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.InvalidReferenceException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which hosts are asked for an image, by all of the node's configuration: what registries.conf
 * blocks is blocked; a hosts.toml of the registry's own in certs.d says everything else; without
 * one the {@code [[registry]]} table of registries.conf does, with certificates from certs.d; then
 * certs.d's {@code _default}; at last the registry itself.
 */
final class RegistryHosts {
  private final HostsDirectory directory;
  private final RegistriesConf conf;

  RegistryHosts(HostsDirectory directory, RegistriesConf conf) {
    this.directory = directory;
    this.conf = conf;
  }

  static RegistryHosts of(RegistrySettings settings) {
    return new RegistryHosts(
        new HostsDirectory(settings.certsDirs()), new RegistriesConf(settings.registriesConf()));
  }

  RegistriesConf registriesConf() {
    return conf;
  }

  /**
   * Where to pull an image from, in order; the registry itself is last.
   *
   * @throws IOException naming what is wrong with which file, or what blocks the image
   */
  List<RegistryHost> places(ImageReference image) throws IOException {
    RegistryTable table = allowed(image);
    List<RegistryHost> own = directory.own(image.host());
    if (own != null) {
      return own;
    }
    if (table == null) {
      return directory.hosts(image.host());
    }
    var places = new ArrayList<RegistryHost>();
    for (RegistryTable.Mirror mirror : table.mirrors()) {
      if (mirror.use().fits(image.digest() != null)) {
        places.addAll(at(image, table, mirror.location(), mirror.insecure(), true));
      }
    }
    places.addAll(at(image, table, table.location(), table.insecure(), false));
    return places;
  }

  /**
   * Where to push an image to; mirrors and locations of registries.conf are for reading alone.
   *
   * @throws IOException naming what is wrong with which file, or what blocks the image
   */
  List<RegistryHost> pushPlaces(ImageReference image) throws IOException {
    RegistryTable table = allowed(image);
    List<RegistryHost> own = directory.own(image.host());
    if (own != null || table == null) {
      return own == null ? directory.hosts(image.host()) : own;
    }
    RegistryHost direct = directory.direct(image.host());
    return List.of(table.insecure() ? direct.insecure() : direct);
  }

  private @Nullable RegistryTable allowed(ImageReference image) throws IOException {
    Content content = conf.content();
    RegistryTable table = content.find(image.toString());
    if (table != null && table.blocked()) {
      throw new IOException(
          "blocked by "
              + table.file()
              + " ([[registry]] prefix = \""
              + table.prefix()
              + "\", blocked = true)");
    }
    return table;
  }

  private List<RegistryHost> at(
      ImageReference image, RegistryTable table, String location, boolean insecure, boolean mirror)
      throws IOException {
    ImageReference there = rewritten(image, table, location);
    List<RegistryHost> own = directory.own(there.host());
    if (own == null) {
      RegistryHost direct = directory.direct(there.host());
      own = List.of(insecure ? direct.insecure() : direct);
    }
    return own.stream().map(h -> h.standingIn(there.repository(), mirror)).toList();
  }

  private static ImageReference rewritten(
      ImageReference image, RegistryTable table, String location) throws IOException {
    String name = table.rewrite(image.toString(), location);
    ImageReference there;
    try {
      there = ImageReference.parse(name);
    } catch (InvalidReferenceException e) {
      throw new IOException(
          table.file() + ": location '" + location + "' makes no image name: " + e.getMessage(), e);
    }
    if (!there.manifestKey().equals(image.manifestKey())) {
      throw new IOException(
          table.file() + ": location '" + location + "' changes the tag, which is not supported");
    }
    return there;
  }
}
