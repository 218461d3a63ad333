package dev.gantry.cli.local;

import dev.gantry.cli.CliFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * An image made out of Debian's busybox: one layer with the program, the libraries that it needs, a
 * link for each of its commands, and a web page.
 *
 * @param layer the layer, gzip-compressed tar
 * @param config the image's configuration (OCI image-spec, config.md)
 * @param manifest its manifest (OCI image-spec, manifest.md)
 */
@SuppressWarnings("ArrayRecordComponent") // handed on, compared by nobody
public record ExampleImage(byte[] layer, byte[] config, byte[] manifest) {
  public static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

  /** The page at the root of {@code /www}. */
  public static final String PAGE = "Hello from a pod that Gantry runs.\n";

  private static final Path BUSYBOX = Path.of("/bin/busybox");
  private static final Pattern LIBRARY = Pattern.compile("(?:=> )?(/\\S+) \\(0x");
  private static final int PROGRAM = 0755;
  private static final int DATA = 0644;

  /**
   * Makes it.
   *
   * @throws CliFailure when busybox is not installed
   */
  public static ExampleImage make() {
    byte[] tar = rootFileSystem();
    byte[] layer = gzip(tar);
    byte[] config = config(tar).getBytes(StandardCharsets.UTF_8);
    byte[] manifest = manifest(layer, config).getBytes(StandardCharsets.UTF_8);
    return new ExampleImage(layer, config, manifest);
  }

  /** The image under a name as an OCI layout in a tar archive (image-spec, image-layout.md). */
  public byte[] archive(String name) {
    Tar tar = new Tar();
    tar.file("oci-layout", DATA, utf8("{\"imageLayoutVersion\":\"1.0.0\"}"));
    String index =
        """
        {"schemaVersion":2,"manifests":[{"mediaType":"%s","digest":"%s","size":%d,
         "annotations":{"org.opencontainers.image.ref.name":"%s"}}]}
        """
            .formatted(MANIFEST_TYPE, digest(manifest), manifest.length, name);
    tar.file("index.json", DATA, utf8(index));
    for (String directory : List.of("blobs", "blobs/sha256")) {
      tar.directory(directory, PROGRAM);
    }
    for (byte[] blob : List.of(manifest, config, layer)) {
      tar.file("blobs/" + digest(blob).replace(':', '/'), DATA, blob);
    }
    return tar.bytes();
  }

  private static byte[] rootFileSystem() {
    Tar tar = new Tar();
    List<String> commands = output("/bin/busybox", "--list").lines().toList();
    List<Path> libraries =
        LIBRARY
            .matcher(output("ldd", BUSYBOX.toString()))
            .results()
            .map(m -> Path.of(m.group(1)))
            .toList();
    Set<String> directories =
        new LinkedHashSet<>(List.of("bin", "etc", "proc", "sys", "dev", "tmp", "root", "www"));
    libraries.forEach(library -> parents(library, directories));
    directories.forEach(d -> tar.directory(d, d.equals("tmp") ? 01777 : PROGRAM));
    tar.file("bin/busybox", PROGRAM, read(BUSYBOX));
    libraries.forEach(library -> tar.file(relative(library), PROGRAM, read(library)));
    commands.stream()
        .filter(command -> !command.equals("busybox"))
        .forEach(command -> tar.symlink("bin/" + command, "busybox"));
    tar.file("etc/passwd", DATA, utf8("root:x:0:0:root:/root:/bin/sh\n"));
    tar.file("etc/group", DATA, utf8("root:x:0:\n"));
    tar.file("www/index.html", DATA, utf8(PAGE));
    return tar.bytes();
  }

  private static void parents(Path file, Set<String> into) {
    Path parent = file.getParent();
    if (parent != null && parent.getNameCount() > 0) {
      parents(parent, into);
      into.add(relative(parent));
    }
  }

  private static String relative(Path absolute) {
    return absolute.toString().substring(1);
  }

  private static String config(byte[] tar) {
    return """
    {"architecture":"%s","os":"linux",
     "config":{"Env":["PATH=/bin"],"Cmd":["/bin/sh"],"WorkingDir":"/"},
     "rootfs":{"type":"layers","diff_ids":["%s"]},
     "history":[{"created_by":"gantry demo"}]}
    """
        .formatted(architecture(), digest(tar));
  }

  private static String architecture() {
    return switch (System.getProperty("os.arch")) {
      case "amd64", "x86_64" -> "amd64";
      case "aarch64" -> "arm64";
      case String other -> other;
    };
  }

  private static String manifest(byte[] layer, byte[] config) {
    return """
    {"schemaVersion":2,"mediaType":"%s",
     "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%d},
     "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"%s","size":%d}]}
    """
        .formatted(MANIFEST_TYPE, digest(config), config.length, digest(layer), layer.length);
  }

  /** A digest as it stands in manifests: {@code sha256:<hex>}. */
  public static String digest(byte[] bytes) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return "sha256:" + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static byte[] gzip(byte[] bytes) {
    var out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new IllegalStateException("memory does not fail", e);
    }
    return out.toByteArray();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw CliFailure.of("make an image: " + e, e).advise("install it: apt-get install busybox");
    }
  }

  private static String output(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int exit = process.waitFor();
      // `ldd` fails for a static program, which needs no libraries.
      return exit == 0 || command[0].equals("ldd") ? output : "";
    } catch (IOException e) {
      throw CliFailure.of("make an image: " + e.getMessage(), e)
          .advise("install it: apt-get install busybox");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CliFailure.of("make an image: interrupted", e);
    }
  }
}
