package dev.gantry.network;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The plug-ins of a list that are files of their own: {@code *.conf} in the directory beside the
 * list that has the network's name, in the order of their names, after those in the list. So an
 * add-on chains its plug-in to a network without writing in another's file (libcni 1.3).
 */
final class PluginFiles {
  private PluginFiles() {}

  /** The files of a directory, which may be absent. */
  static List<Path> in(Path dir) throws IOException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(dir, "*.conf")) {
      for (Path file : stream) {
        if (!Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
          files.add(file);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    }
    files.sort(null);
    return files;
  }

  /** The list with the plug-ins of these files; one without plug-ins of its own need not say so. */
  static Json.Obj appended(Json.Obj list, List<Path> files)
      throws IOException, NetworkConfig.InvalidException {
    if (files.isEmpty() || (list.get("plugins").isPresent() && list.list("plugins").isEmpty())) {
      return list;
    }
    List<Json> plugins = new ArrayList<>(list.list("plugins"));
    for (Path file : files) {
      plugins.add(read(file));
    }
    return list.with("plugins", new Json.Arr(plugins));
  }

  private static Json.Obj read(Path file) throws IOException, NetworkConfig.InvalidException {
    try {
      Json.Obj plugin = ConfigListing.text(file);
      NetworkConfig.plugin(plugin, "it");
      return plugin;
    } catch (JsonText.MalformedException | NetworkConfig.InvalidException e) {
      throw new NetworkConfig.InvalidException("its plug-in in " + file + ": " + e.getMessage());
    }
  }
}
