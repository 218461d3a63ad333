package dev.gantry.cli.recipe;

import dev.gantry.cli.CliFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Debian packages, with all that they depend on, unpacked below a directory: what {@code mmdebstrap
 * --variant=extract} does, with the lists of packages that this machine has already. No script of a
 * package runs.
 */
final class DebianPackages {
  private static final int TAIL = 12;

  // Neither of use in a container nor small.
  private static final List<String> UNWANTED =
      List.of("./usr/share/man/*", "./usr/share/info/*", "./usr/share/locale/*");

  private final Path work;
  private final Path log;

  /**
   * A place to work.
   *
   * @param work an empty directory
   */
  DebianPackages(Path work) {
    this.work = work;
    this.log = work.resolve("apt.log");
  }

  /**
   * Fetches packages and unpacks them.
   *
   * @return how many there were, with those that they depend on
   */
  int unpack(List<String> packages, Path root) throws IOException {
    Path archives = fetch(packages);
    skeleton(root);
    List<Path> debs;
    try (Stream<Path> all = Files.list(archives)) {
      debs = all.filter(f -> f.toString().endsWith(".deb")).sorted().toList();
    }
    for (Path deb : debs) {
      unpack(deb, root);
    }
    return debs.size();
  }

  /** Has apt choose as if nothing were installed, and touches nothing of the machine's own. */
  private Path fetch(List<String> packages) throws IOException {
    Path archives = work.resolve("archives");
    Files.createDirectories(archives.resolve("partial"));
    Path status = Files.createFile(work.resolve("status"));
    List<String> command =
        new ArrayList<>(List.of("apt-get", "--quiet", "--yes", "--no-install-recommends"));
    for (String option :
        List.of(
            "Dir::State::status=" + status,
            "Dir::State::extended_states=" + work.resolve("extended"),
            "Dir::Cache::archives=" + archives,
            "Dir::Cache::pkgcache=",
            "Dir::Cache::srcpkgcache=",
            "Debug::NoLocking=true",
            "APT::Sandbox::User=root",
            "Acquire::Retries=3")) {
      command.addAll(List.of("-o", option));
    }
    command.addAll(List.of("--download-only", "install", "--"));
    command.addAll(packages);
    // The lists of a fresh machine are empty and those of an old one name files that are gone.
    boolean done = run(command) || (run(List.of("apt-get", "--quiet", "update")) && run(command));
    if (!done) {
      throw CliFailure.of("fetch Debian packages " + String.join(", ", packages) + ":\n" + tail())
          .advise(
              "they come from this machine's package sources: reach those, or import the image from an"
                  + " archive (gantry import FILE)\ntry: apt-get update; apt-get install --simulate "
                  + String.join(" ", packages));
    }
    return archives;
  }

  private boolean run(List<String> command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put("DEBIAN_FRONTEND", "noninteractive");
    builder.environment().put("LC_ALL", "C.UTF-8");
    try {
      return exit(builder.start()) == 0;
    } catch (IOException e) {
      throw CliFailure.of("run " + command.getFirst() + ": " + e.getMessage(), e)
          .advise("images are made of Debian packages by apt-get: import them instead");
    }
  }

  private String tail() throws IOException {
    List<String> lines =
        new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL), lines.size()))
        .indent(4)
        .stripTrailing();
  }

  /** What no package brings: the links of a merged /usr, and directories to mount on. */
  private static void skeleton(Path root) throws IOException {
    for (String directory : List.of("dev", "proc", "sys", "run", "tmp", "root", "etc", "var/tmp")) {
      Files.createDirectories(root.resolve(directory));
    }
    for (String merged : List.of("bin", "sbin", "lib", "lib32", "lib64", "libx32")) {
      Path target = Path.of("usr", merged);
      Files.createDirectories(root.resolve(target));
      Files.createSymbolicLink(root.resolve(merged), target);
    }
    Files.writeString(
        root.resolve("etc/passwd"),
        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n");
    Files.writeString(root.resolve("etc/group"), "root:x:0:\nnogroup:x:65534:\n");
  }

  private static void unpack(Path deb, Path root) throws IOException {
    List<String> tar =
        new ArrayList<>(
            List.of("tar", "-C", root.toString(), "-x", "-p", "--keep-directory-symlink"));
    UNWANTED.forEach(pattern -> tar.addAll(List.of("--exclude", pattern)));
    List<ProcessBuilder> pipe =
        List.of(
            new ProcessBuilder("dpkg-deb", "--fsys-tarfile", deb.toString()),
            new ProcessBuilder(tar).redirectOutput(ProcessBuilder.Redirect.DISCARD));
    pipe.forEach(p -> p.redirectError(ProcessBuilder.Redirect.DISCARD));
    for (Process process : ProcessBuilder.startPipeline(pipe)) {
      if (exit(process) != 0) {
        throw new IOException("unpack " + deb.getFileName() + ": dpkg-deb or tar failed");
      }
    }
  }

  private static int exit(Process process) {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw CliFailure.of("make an image: interrupted", e);
    }
  }
}
