package dev.gantry.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An image of this machine's busybox, as the archive that {@code docker save} writes. */
final class BusyboxArchive {
  /** The image's name. */
  static final String IMAGE = "localhost/gantry-bench/busybox:1";

  private static final Pattern LIBRARY = Pattern.compile("(/\\S+) \\(0x");

  private BusyboxArchive() {}

  /**
   * Makes the archive in {@code directory}.
   *
   * @throws IOException when this machine has no busybox
   */
  static Path make(Path directory) throws IOException {
    Path root = Files.createDirectories(files(directory));
    Path busybox = Programs.find("busybox", "/bin", "/usr/bin");
    for (String name : List.of("bin", "dev", "etc", "proc", "sys", "tmp")) {
      Files.createDirectories(root.resolve(name));
    }
    Files.copy(busybox, root.resolve("bin/busybox"));
    copyLibraries(busybox, root);
    for (String applet : List.of("sh", "sleep", "true")) {
      Files.createSymbolicLink(root.resolve("bin").resolve(applet), Path.of("busybox"));
    }
    Path archive = Files.createDirectories(directory.resolve("archive"));
    tar(archive.resolve("layer.tar"), root, ".");
    Files.writeString(archive.resolve("config.json"), config(archive.resolve("layer.tar")));
    Files.writeString(
        archive.resolve("manifest.json"),
        """
        [{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]\
        """
            .formatted(IMAGE));
    Path image = directory.resolve("busybox.tar");
    tar(image, archive, "manifest.json", "config.json", "layer.tar");
    return image;
  }

  /** What is in the image that was made in {@code directory}, for who mounts it without Gantry. */
  static Path files(Path directory) {
    return directory.resolve("busybox");
  }

  /** Debian's busybox is linked dynamically; a static one has nothing to copy. */
  private static void copyLibraries(Path program, Path root) throws IOException {
    String linked;
    try {
      linked = Programs.run(List.of("ldd", program.toString()));
    } catch (IOException notDynamic) {
      return;
    }
    Matcher matcher = LIBRARY.matcher(linked);
    while (matcher.find()) {
      Path library = Path.of(matcher.group(1));
      Path target = root.resolve(Path.of("/").relativize(library));
      Files.createDirectories(target.resolveSibling("."));
      Files.copy(library.toRealPath(), target);
    }
  }

  private static String config(Path layer) throws IOException {
    String arch = System.getProperty("os.arch").equals("aarch64") ? "arm64" : "amd64";
    return """
    {"architecture":"%s","os":"linux","config":{"Env":["PATH=/bin"],"Cmd":["sh"]},\
    "rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}\
    """
        .formatted(arch, sha256(layer));
  }

  private static String sha256(Path file) throws IOException {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static void tar(Path file, Path directory, String... entries) throws IOException {
    var command = new java.util.ArrayList<String>();
    command.addAll(List.of("tar", "--owner=0", "--group=0", "-C", directory.toString()));
    command.addAll(List.of("-cf", file.toString()));
    command.addAll(List.of(entries));
    Programs.run(command);
  }
}
