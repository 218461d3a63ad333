package dev.gantry.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes a root file system of the machine's busybox and the libraries it needs. */
final class BusyboxLayer {
  private static final Pattern LIBRARY = Pattern.compile("(?:=> )?(/\\S+) \\(0x");

  private BusyboxLayer() {}

  /** Reads the files once for all tests of a JVM. */
  private static final class Holder {
    static final TestLayer LAYER = make();
  }

  static TestLayer get() {
    return Holder.LAYER;
  }

  private static TestLayer make() {
    Path busybox = Commands.find("busybox");
    Map<String, Path> files = new TreeMap<>();
    files.put("bin/busybox", busybox);
    // A static busybox has no libraries: ldd then says so and fails.
    Matcher libraries = LIBRARY.matcher(Commands.run("ldd", busybox.toString()).output());
    while (libraries.find()) {
      Path library = Path.of(libraries.group(1));
      files.put(library.toString().substring(1), library);
    }
    List<TarEntry> entries = new ArrayList<>();
    for (String dir : List.of("bin", "dev", "etc", "home", "mnt", "proc", "sys", "usr", "var")) {
      entries.add(TarEntry.dir(dir, 0755));
    }
    entries.add(TarEntry.dir("root", 0700));
    entries.add(TarEntry.dir("tmp", 01777));
    entries.add(TarEntry.dir("var/tmp", 01777));
    for (String path : files.keySet()) {
      addParents(entries, path);
    }
    files.forEach((path, source) -> entries.add(TarEntry.file(path, 0755, read(source))));
    for (String applet : Commands.run(busybox.toString(), "--list").output().lines().toList()) {
      if (!applet.equals("busybox")) {
        entries.add(TarEntry.symlink("bin/" + applet, "busybox"));
      }
    }
    addFiles(entries);
    return TestLayer.gzip(entries);
  }

  private static void addFiles(List<TarEntry> entries) {
    entries.add(
        TarEntry.file(
            "etc/passwd",
            """
            root:x:0:0:root:/root:/bin/sh
            www-data:x:33:33:www-data:/var/www:/bin/false
            nobody:x:65534:65534:nobody:/nonexistent:/bin/false
            """));
    entries.add(
        TarEntry.file(
            "etc/group",
            """
            root:x:0:
            adm:x:4:www-data
            www-data:x:33:
            nogroup:x:65534:
            """));
    entries.add(
        TarEntry.file("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n"));
  }

  private static void addParents(List<TarEntry> entries, String path) {
    for (int slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      String parent = path.substring(0, slash) + "/";
      if (entries.stream().noneMatch(entry -> entry.name().equals(parent))) {
        entries.add(TarEntry.dir(parent, 0755));
      }
    }
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
