package dev.gantry.cli.command;

import dev.gantry.cli.Session;
import dev.gantry.cli.client.CriClient;
import dev.gantry.cli.output.Human;
import dev.gantry.cli.output.OutputFormat;
import dev.gantry.cli.output.StatusDocument;
import dev.gantry.cri.v1.FilesystemUsage;
import dev.gantry.cri.v1.ImageFsInfoRequest;
import dev.gantry.cri.v1.ImageFsInfoResponse;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gantry imagefsinfo}: how much space images and containers take. */
@Command(name = "imagefsinfo", description = "Return image filesystem info")
final class ImageFsInfo extends CriCommand {
  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "json",
      description = "json (default), yaml or table")
  private OutputFormat format = OutputFormat.JSON;

  ImageFsInfo(Session session) {
    super(session);
  }

  @Override
  int run(CriClient client) {
    var request = ImageFsInfoRequest.getDefaultInstance();
    ImageFsInfoResponse info =
        client.readImages("get the image file system's usage", s -> s.imageFsInfo(request));
    if (format == OutputFormat.TABLE) {
      print("Container", info.getContainerFilesystemsList());
      print("Image", info.getImageFilesystemsList());
    } else {
      out().println(StatusDocument.print(format, List.of(StatusDocument.of(info, Map.of()))));
    }
    return 0;
  }

  private void print(String label, List<FilesystemUsage> filesystems) {
    out().println(label + " Filesystem");
    for (int i = 0; i < filesystems.size(); i++) {
      FilesystemUsage usage = filesystems.get(i);
      out().println("TimeStamp[" + i + "]: " + usage.getTimestamp());
      out().println("Disk[" + i + "]: " + Human.size(usage.getUsedBytes().getValue()));
      out().println("Inodes[" + i + "]: " + usage.getInodesUsed().getValue());
      out().println("Mountpoint[" + i + "]: " + usage.getFsId().getMountpoint());
    }
  }
}
