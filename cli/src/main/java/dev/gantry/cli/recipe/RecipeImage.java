package dev.gantry.cli.recipe;

import dev.gantry.agent.api.Json;
import dev.gantry.cli.CliFailure;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.local.TarProcess;
import dev.gantry.linux.crypto.Sha256;
import dev.gantry.linux.file.DeleteTree;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** An image of one layer that is being made of a recipe, in a directory that goes away with it. */
final class RecipeImage implements AutoCloseable {
  /** Of the image's configuration: says of which recipe, and which files, it was made. */
  static final String LABEL = "dev.gantry.recipe";

  private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
  private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";
  // For things larger than what a /tmp in memory should hold: FHS 3.0, 5.15.
  private static final Path TEMPORARY = Path.of("/var/tmp");

  private final Recipes.Found found;
  private final ImageRecipe recipe;
  private final Path work;
  private final Path blobs;

  private record Blob(String type, String digest, long size) {
    Map<String, Object> descriptor() {
      Map<String, Object> descriptor = new LinkedHashMap<>();
      descriptor.put("mediaType", type);
      descriptor.put("digest", digest);
      descriptor.put("size", size);
      return descriptor;
    }
  }

  RecipeImage(Recipes.Found found) throws IOException {
    this.found = found;
    this.recipe = found.recipe();
    this.work =
        Files.isDirectory(TEMPORARY)
            ? Files.createTempDirectory(TEMPORARY, "gantry-image-")
            : Files.createTempDirectory("gantry-image-");
    this.blobs = Files.createDirectories(work.resolve("layout/blobs/sha256"));
  }

  /**
   * Makes it and hands it to the runtime.
   *
   * @return how many packages are in it
   */
  int make(CriClient client) throws IOException {
    Path root = Files.createDirectory(work.resolve("root"));
    int packages = new DebianPackages(work).unpack(recipe.packages(), root);
    addUser(root);
    addFiles(root);
    Blob layer = layer(root);
    Blob config = blob(CONFIG, Json.write(config(layer)));
    Map<String, Object> manifest = new LinkedHashMap<>();
    manifest.put("schemaVersion", 2);
    manifest.put("mediaType", MANIFEST);
    manifest.put("config", config.descriptor());
    manifest.put("layers", List.of(layer.descriptor()));
    index(blob(MANIFEST, Json.write(manifest)));
    try (TarProcess archive = TarProcess.read(work.resolve("layout"))) {
      client.upload("image " + recipe.image(), archive.stream(), sent -> {});
      archive.ended();
    }
    return packages;
  }

  private void addUser(Path root) throws IOException {
    String[] ids = recipe.user().split(":", 2);
    if (!ids[0].isEmpty() && Integer.parseInt(ids[0]) != 0) {
      String group = ids.length > 1 ? ids[1] : "0";
      Files.writeString(
          root.resolve("etc/passwd"),
          "app:x:" + ids[0] + ":" + group + ":app:/:/bin/false\n",
          StandardOpenOption.APPEND);
    }
  }

  private void addFiles(Path root) throws IOException {
    for (ImageRecipe.RecipeFile file : recipe.files()) {
      Path target = root.resolve(file.target().substring(1));
      Files.createDirectories(target.getParent());
      Files.write(target, Files.readAllBytes(source(found, file)));
      Files.setPosixFilePermissions(
          target, permissions(file.mode().isEmpty() ? 0644 : Integer.parseInt(file.mode(), 8)));
    }
    if (!recipe.workingDir().isEmpty()) {
      Files.createDirectories(root.resolve(recipe.workingDir().substring(1)));
    }
  }

  private static Path source(Recipes.Found found, ImageRecipe.RecipeFile file) {
    Path source = found.file().resolveSibling(file.source());
    if (!Files.isRegularFile(source)) {
      throw CliFailure.of("make image " + found.recipe().image() + ": no file " + source)
          .advise("correct files in " + found.file());
    }
    return source;
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    // The constants stand in the order of the bits, from the owner's reading down.
    PosixFilePermission[] all = PosixFilePermission.values();
    Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
    for (int i = 0; i < all.length; i++) {
      if ((mode & (0400 >> i)) != 0) {
        set.add(all[i]);
      }
    }
    return set;
  }

  /** The tree as a layer, which is written once and needs no compression to go through a socket. */
  private Blob layer(Path root) throws IOException {
    Path file = work.resolve("layer.tar");
    try (TarProcess tar = TarProcess.read(root);
        Sha256 sha = Sha256.create();
        InputStream in = tar.stream();
        var out = Files.newOutputStream(file)) {
      byte[] buffer = new byte[128 << 10];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        sha.update(buffer, 0, n);
        out.write(buffer, 0, n);
      }
      tar.ended();
      String hex = HexFormat.of().formatHex(sha.digest());
      Files.move(file, blobs.resolve(hex));
      return new Blob(LAYER, "sha256:" + hex, Files.size(blobs.resolve(hex)));
    }
  }

  private Blob blob(String type, String json) throws IOException {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    String hex = HexFormat.of().formatHex(Sha256.of(bytes));
    Files.write(blobs.resolve(hex), bytes);
    return new Blob(type, "sha256:" + hex, bytes.length);
  }

  /** OCI image-spec, config.md. */
  private Map<String, Object> config(Blob layer) {
    Map<String, Object> process = new LinkedHashMap<>();
    Map<String, String> env = new TreeMap<>(recipe.env());
    env.putIfAbsent("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    process.put("Env", env.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
    put(process, "User", recipe.user());
    put(process, "WorkingDir", recipe.workingDir());
    if (!recipe.entrypoint().isEmpty()) {
      process.put("Entrypoint", recipe.entrypoint());
    }
    if (!recipe.cmd().isEmpty()) {
      process.put("Cmd", recipe.cmd());
    }
    process.put("Labels", Map.of(LABEL, fingerprint(found)));
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("architecture", architecture());
    config.put("os", "linux");
    config.put("config", process);
    config.put("rootfs", Map.of("type", "layers", "diff_ids", List.of(layer.digest())));
    return config;
  }

  private static void put(Map<String, Object> map, String key, String value) {
    if (!value.isEmpty()) {
      map.put(key, value);
    }
  }

  private static String architecture() {
    return switch (System.getProperty("os.arch")) {
      case "amd64", "x86_64" -> "amd64";
      case "aarch64" -> "arm64";
      case String other -> other;
    };
  }

  private void index(Blob manifest) throws IOException {
    Path layout = work.resolve("layout");
    Files.writeString(layout.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    Map<String, Object> descriptor = manifest.descriptor();
    descriptor.put(
        "annotations", Map.of("org.opencontainers.image.ref.name", (Object) recipe.image()));
    Map<String, Object> index = new LinkedHashMap<>();
    index.put("schemaVersion", 2);
    index.put("manifests", List.of(descriptor));
    Files.writeString(layout.resolve("index.json"), Json.write(index));
  }

  /** Of all that a recipe makes its image of, but for the versions of packages. */
  static String fingerprint(Recipes.Found found) {
    try (Sha256 sha = Sha256.create()) {
      add(sha, Json.write(found.recipe()).getBytes(StandardCharsets.UTF_8));
      for (ImageRecipe.RecipeFile file : found.recipe().files()) {
        add(sha, Files.readAllBytes(source(found, file)));
      }
      return HexFormat.of().formatHex(sha.digest());
    } catch (IOException e) {
      throw CliFailure.of("read what " + found.file() + " names: " + e, e);
    }
  }

  private static void add(Sha256 sha, byte[] bytes) {
    byte[] length = (bytes.length + "\n").getBytes(StandardCharsets.UTF_8);
    sha.update(length, 0, length.length);
    sha.update(bytes, 0, bytes.length);
  }

  @Override
  public void close() throws IOException {
    DeleteTree.delete(work);
  }
}
