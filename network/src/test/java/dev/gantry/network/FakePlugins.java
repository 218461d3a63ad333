package dev.gantry.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * Plug-ins that do on demand what a real one won't: shell scripts that also note how they were
 * called.
 */
final class FakePlugins {
  static final String RESULT =
      "{\"cniVersion\":\"1.0.0\",\"interfaces\":[{\"name\":\"br0\"},{\"name\":\"eth0\",\"mac\":\"02:00:00:00:00:01\",\"sandbox\":\"/x\"}],"
          + "\"ips\":[{\"interface\":1,\"address\":\"192.0.2.7/24\",\"gateway\":\"192.0.2.1\"},{\"interface\":1,\"address\":\"2001:db8::7/64\"}],"
          + "\"mystery\":12345678901234567890}";

  private final Path dir;

  /** Beside the programs: changes among those are looked at. */
  private final Path notes;

  FakePlugins(Path dir) {
    this.dir = make(dir);
    this.notes = make(dir.resolveSibling(dir.getFileName() + "-notes"));
  }

  private static Path make(Path dir) {
    try {
      return Files.createDirectories(dir);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path dir() {
    return dir;
  }

  /** A plug-in with these shell commands, which find the configuration in {@code $in}. */
  void script(String name, String body) {
    // What is noted is whole when it is there, and all of it is when the call is.
    String text =
        """
        #!/bin/sh
        in=$(cat)
        note=%s/%s.$CNI_COMMAND
        printf '%%s' "$in" > $note.$$
        mv $note.$$ $note.in
        env | grep ^CNI_ > $note.$$
        mv $note.$$ $note.env
        printf '%%s %%s %%s\\n' "$CNI_COMMAND" %s "$CNI_CONTAINERID" >> %s/calls
        %s
        """
            .formatted(notes, name, name, notes, body);
    write(name, text);
  }

  /** A plug-in that answers ADD with a result and everything else with nothing. */
  void working(String name) {
    script(name, "[ $CNI_COMMAND = ADD ] && echo '" + RESULT + "'; exit 0");
  }

  void write(String name, String text) {
    try {
      Path temporary = dir.resolve("." + name);
      Files.writeString(temporary, text);
      Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.move(temporary, dir.resolve(name), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the programs note how they were called. */
  Path notes() {
    return notes;
  }

  /** All calls so far: verb, plug-in and container id on each line. */
  List<String> calls() {
    try {
      Path file = notes.resolve("calls");
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the plug-in last read in a call of this verb. */
  Json.Obj input(String name, CniVerb verb) {
    try {
      return JsonText.parse(Files.readString(notes.resolve(name + "." + verb + ".in")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (JsonText.MalformedException e) {
      throw new AssertionError(e);
    }
  }

  /** The CNI variables of its last call of this verb. */
  List<String> environment(String name, CniVerb verb) {
    try {
      return Files.readAllLines(notes.resolve(name + "." + verb + ".env"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
