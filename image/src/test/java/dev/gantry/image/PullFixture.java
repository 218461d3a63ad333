package dev.gantry.image;

import dev.gantry.image.layer.UnpackLimits;
import dev.gantry.image.policy.TrustPolicy;
import dev.gantry.image.push.ImagePusher;
import dev.gantry.image.registry.HostsDirectory;
import dev.gantry.image.registry.RegistryClient;
import dev.gantry.image.registry.RetryPolicy;
import dev.gantry.image.transfer.TransferSettings;
import dev.gantry.oci.ImageReference;
import dev.gantry.oci.Platform;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** A store and a puller on a directory of their own. */
final class PullFixture implements AutoCloseable {
  private static final RetryPolicy QUICK =
      new RetryPolicy(3, Duration.ofMillis(5), Duration.ofMillis(50));

  private static final Duration STALL = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  final Path directory;
  final Path certs;
  private final TrustPolicy policy;
  private final StoreSettings settings;
  private final Duration stall;
  private ImageStore store;
  private ImagePuller puller;

  PullFixture(Path base) throws IOException {
    this(base, TrustPolicy.ACCEPT_ANYTHING, STALL);
  }

  /** One that gives up a connection on which nothing comes for so long. */
  PullFixture(Path base, Duration stall) throws IOException {
    this(base, TrustPolicy.ACCEPT_ANYTHING, stall);
  }

  PullFixture(Path base, Path policy) throws IOException {
    this(base, policy, false);
  }

  PullFixture(Path base, Path policy, boolean required) throws IOException {
    this(base, TrustPolicy.of(policy, required), STALL);
  }

  private PullFixture(Path base, TrustPolicy policy, Duration stall) throws IOException {
    this(base, policy, stall, StoreSettings.DEFAULT);
  }

  /** One whose store unpacks every layer. */
  static PullFixture unpacking(Path base) throws IOException {
    var settings =
        new StoreSettings(3, UnpackLimits.DEFAULT, List.of(), TransferSettings.DEFAULT, false);
    return new PullFixture(base, TrustPolicy.ACCEPT_ANYTHING, STALL, settings);
  }

  private PullFixture(Path base, TrustPolicy policy, Duration stall, StoreSettings settings)
      throws IOException {
    this.settings = settings;
    this.policy = policy;
    this.stall = stall;
    this.directory = base.resolve("images");
    this.certs = Files.createDirectories(base.resolve("certs.d"));
    this.store = ImageStore.open(directory, settings);
    this.puller = newPuller();
  }

  private RegistryClient registries() {
    return registries(stall);
  }

  private RegistryClient registries(Duration patience) {
    return new RegistryClient(new HostsDirectory(List.of(certs)), patience, QUICK);
  }

  private ImagePuller newPuller() {
    return puller(registries());
  }

  private ImagePuller puller(RegistryClient from) {
    return new ImagePuller(
        store, from, Platform.host(), policy, PullSettings.DEFAULT, PullObserver.NONE);
  }

  /** Pulls into the store from a registry of which nothing is expected that hurries. */
  StoredImage pullPatiently(String name, Credentials credentials) throws Exception {
    try (ImagePuller patient = puller(registries(PATIENCE))) {
      return patient.pull(ImageReference.parse(name), credentials, PullListener.NONE);
    }
  }

  ImageImporter importer() {
    return new ImageImporter(store, Platform.host(), policy);
  }

  ImageChecker checker() {
    return new ImageChecker(store, registries());
  }

  ImagePusher pusher() {
    return new ImagePusher(store, registries());
  }

  /** Where a layer lies in the store. */
  Path layer(LayerId id) {
    return directory.resolve("layers").resolve(id.directoryName());
  }

  ImageStore store() {
    return store;
  }

  ImagePuller puller() {
    return puller;
  }

  StoredImage pull(String name) throws Exception {
    return pull(name, Credentials.NONE);
  }

  StoredImage pull(String name, Credentials credentials) throws Exception {
    return puller.pull(ImageReference.parse(name), credentials, PullListener.NONE);
  }

  /** What a restarted daemon would see. */
  void reopen() throws IOException {
    close();
    store = ImageStore.open(directory, settings);
    puller = newPuller();
  }

  /** Directory entries of the store below its four directories. */
  List<String> leftovers() {
    try (Stream<Path> all = Files.walk(directory, 2)) {
      return all.filter(p -> directory.relativize(p).getNameCount() == 2)
          .map(p -> directory.relativize(p).toString())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void hosts(String registry, String toml) throws IOException {
    Path d = Files.createDirectories(certs.resolve(registry));
    Files.writeString(d.resolve("hosts.toml"), toml);
  }

  @Override
  public void close() {
    puller.close();
    store.close();
  }
}
