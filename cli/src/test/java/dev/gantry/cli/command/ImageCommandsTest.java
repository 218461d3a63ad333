package dev.gantry.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.gantry.cli.output.Terminal;
import dev.gantry.cri.gantry.ArchiveFormat;
import dev.gantry.cri.gantry.CheckFinding;
import dev.gantry.cri.gantry.CheckImagesRequest;
import dev.gantry.cri.gantry.CheckImagesResponse;
import dev.gantry.cri.gantry.CheckResult;
import dev.gantry.cri.gantry.ExportImagesRequest;
import dev.gantry.cri.gantry.ExportImagesResponse;
import dev.gantry.cri.gantry.ImportImagesRequest;
import dev.gantry.cri.gantry.ImportImagesResponse;
import dev.gantry.cri.gantry.ImportedImage;
import dev.gantry.cri.gantry.LayerCompression;
import dev.gantry.cri.gantry.LayerProgress;
import dev.gantry.cri.gantry.LayerStage;
import dev.gantry.cri.gantry.PruneImagesRequest;
import dev.gantry.cri.gantry.PruneImagesResponse;
import dev.gantry.cri.gantry.PrunedImage;
import dev.gantry.cri.gantry.Pull;
import dev.gantry.cri.gantry.PushImageRequest;
import dev.gantry.cri.gantry.PushImageResponse;
import dev.gantry.cri.gantry.TagImageRequest;
import dev.gantry.cri.gantry.TagImageResponse;
import dev.gantry.cri.gantry.UntagImageResponse;
import dev.gantry.cri.gantry.WatchPullsRequest;
import dev.gantry.cri.gantry.WatchPullsResponse;
import dev.gantry.cri.v1.PullImageRequest;
import dev.gantry.cri.v1.PullImageResponse;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class ImageCommandsTest extends CommandTest {
  private static final Terminal WIDE =
      new Terminal() {
        @Override
        public boolean output() {
          return true;
        }

        @Override
        public Optional<Size> errorSize() {
          return Optional.of(new Size(100, 30));
        }
      };

  private static LayerProgress layer(String name, LayerStage stage, long bytes) {
    return LayerProgress.newBuilder()
        .setDigest("sha256:" + name.repeat(64))
        .setStage(stage)
        .setBytes(bytes)
        .setTotal(10_000_000)
        .build();
  }

  private static WatchPullsResponse pulls(long bytes) {
    return WatchPullsResponse.newBuilder()
        .addPulls(
            Pull.newBuilder()
                .setImage("registry.example/app:1")
                .setHost("https://mirror.example/v2")
                .setSince(ago(65))
                .setCallers(2)
                .addLayers(layer("a", LayerStage.LAYER_STAGE_TRANSFER, bytes))
                .addLayers(layer("b", LayerStage.LAYER_STAGE_DONE, 10_000_000)))
        .build();
  }

  /** A pull that is answered when it has been drawn, or after that time. */
  private void slowPull(Duration atMost) {
    runtime()
        .streaming("WatchPulls", List.of(pulls(0), pulls(5_000_000)))
        .answering(
            "PullImage",
            PullImageRequest.class,
            request -> {
              long end = System.nanoTime() + atMost.toNanos();
              while (!err().contains("1/2 layers    ━") && System.nanoTime() < end) {
                LockSupport.parkNanos(1_000_000);
              }
              return PullImageResponse.newBuilder().setImageRef("sha256:1").build();
            });
  }

  @Test
  void aPullIsDrawnOnATerminal() {
    slowPull(Duration.ofSeconds(30));
    terminal = WIDE;
    var outcome = gantry("pull", "registry.example/app:1");
    assertThat(outcome.out()).isEqualTo("Image is up to date for sha256:1\n");
    assertThat(outcome.err())
        .contains("pulling registry.example/app:1 from mirror.example\033[K\n")
        .contains("aaaaaaaaaaaa  ━━━")
        .contains("bbbbbbbbbbbb  done           10MB\033[K\n")
        .contains("1/2 layers    ━━━")
        .contains("\r\033[4A\033[Jpulled registry.example/app:1: 2 layers, 20MB in ");
    assertThat(runtime().request(WatchPullsRequest.class).getImage())
        .isEqualTo("registry.example/app:1");
  }

  @Test
  void aFailedPullLeavesNoBars() {
    slowPull(Duration.ofMillis(400));
    runtime().failing("PullImage", Status.NOT_FOUND.withDescription("pull a:1: no such thing"));
    terminal = WIDE;
    var outcome = gantry("pull", "registry.example/app:1");
    assertThat(outcome.exit()).isEqualTo(1);
    assertThat(outcome.err()).endsWith("gantry: pull a:1: no such thing\n");
    assertThat(outcome.err().substring(outcome.err().lastIndexOf("\033[J") + 1))
        .doesNotContain("━");
  }

  @Test
  void aPullIsPlainElsewhereAndOnOtherRuntimes() {
    slowPull(Duration.ofMillis(400));
    assertThat(gantry("pull", "registry.example/app:1"))
        .isEqualTo(new Outcome(0, "Image is up to date for sha256:1\n", ""));
    assertThat(gantry("pull", "-q", "registry.example/app:1"))
        .isEqualTo(new Outcome(0, "sha256:1\n", ""));
    runtime().withoutStream("WatchPulls");
    terminal = WIDE;
    assertThat(gantry("pull", "registry.example/app:1").out())
        .isEqualTo("Image is up to date for sha256:1\n");
  }

  @Test
  void runningPullsAreListed() {
    runtime().streaming("WatchPulls", List.of(pulls(4_000_000), pulls(5_000_000)));
    assertThat(gantry("pulls").out().lines().map(l -> l.replaceAll(" {2,}", "|")).toList().get(1))
        .matches(
            "registry.example/app:1\\|About a minute ago\\|mirror.example\\|1/2\\|15MB/20MB\\|75%"
                + "\\|.*/s\\|2");
    assertThat(gantry("pulls", "-q").out()).isEqualTo("registry.example/app:1\n");
    assertThat(gantry("pulls", "-o", "json").out()).contains("\"callers\": 2");
    runtime().streaming("WatchPulls", List.of(WatchPullsResponse.getDefaultInstance()));
    assertThat(gantry("pulls").out()).startsWith("IMAGE").hasLineCount(1);
    runtime().withoutStream("WatchPulls");
    assertThat(gantry("pulls").err())
        .isEqualTo(
            "gantry: list pulls: the runtime at "
                + runtime().endpoint()
                + " does not serve this (WatchPulls)\n");
  }

  private void importing() {
    runtime()
        .answering(
            "ImportImages",
            ImportImagesResponse.newBuilder()
                .addImages(ImportedImage.newBuilder().setId("sha256:1").addNames("a:1"))
                .build());
  }

  private byte[] imported() {
    return runtime().requests(ImportImagesRequest.class).stream()
        .map(ImportImagesRequest::getData)
        .reduce(ByteString.EMPTY, ByteString::concat)
        .toByteArray();
  }

  @Test
  void standardInputIsImported() {
    importing();
    byte[] archive = "x".repeat(1_000_000).getBytes(StandardCharsets.US_ASCII);
    in = new ByteArrayInputStream(archive);
    assertThat(gantry("import", "-").out()).isEqualTo("a:1 sha256:1\n");
    assertThat(imported()).hasSize(archive.length).isEqualTo(archive);
    assertThat(runtime().requests(ImportImagesRequest.class).getFirst().getName())
        .isEqualTo("standard input");
  }

  @Test
  void aDirectoryIsImportedAsAnArchive() throws IOException {
    importing();
    Path layout = Files.createDirectories(directory.resolve("layout/blobs/sha256"));
    Files.writeString(layout.resolve("ab"), "blob");
    assertThat(gantry("import", directory.resolve("layout").toString()).exit()).isZero();
    assertThat(new String(imported(), StandardCharsets.ISO_8859_1))
        .contains("./blobs/sha256/ab", "blob", "ustar");
  }

  private void exporting(String... pieces) {
    runtime()
        .streaming(
            "ExportImages",
            List.of(pieces).stream()
                .map(p -> ExportImagesResponse.newBuilder().setData(ByteString.copyFromUtf8(p)))
                .map(ExportImagesResponse.Builder::build)
                .toList());
  }

  @Test
  void imagesAreExported() throws IOException {
    exporting("one", "two");
    Path file = directory.resolve("out.tar");
    assertThat(gantry("export", "a:1", "b", "-o", file.toString()))
        .isEqualTo(new Outcome(0, "", ""));
    assertThat(file).hasContent("onetwo");
    assertThat(runtime().request(ExportImagesRequest.class).getImagesList())
        .containsExactly("a:1", "b");
    assertThat(gantry("export", "a:1", "-o", "-", "--format", "docker").out()).isEqualTo("onetwo");
    assertThat(runtime().requests(ExportImagesRequest.class).getLast().getFormat())
        .isEqualTo(ArchiveFormat.ARCHIVE_FORMAT_DOCKER);
    terminal = WIDE;
    assertThat(gantry("export", "a:1", "-o", "-").exit()).isEqualTo(2);
    assertThat(gantry("export", "a:1").err()).contains("--output");
  }

  @Test
  void whatIsNoRegularFileIsWrittenToAndNotReplaced() throws Exception {
    exporting("one", "two");
    Path fifo = directory.resolve("fifo");
    assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
    Process reader = new ProcessBuilder("cat", fifo.toString()).start();
    try {
      Path link = Files.createSymbolicLink(directory.resolve("link"), fifo);
      assertThat(gantry("export", "a:1", "-o", link.toString()).exit()).isZero();
      assertThat(reader.getInputStream().readAllBytes()).asString().isEqualTo("onetwo");
    } finally {
      reader.destroyForcibly();
    }
    assertThat(Files.isRegularFile(fifo)).isFalse();
    Path file = Files.createFile(directory.resolve("file"));
    Path second = Files.createSymbolicLink(directory.resolve("second"), file);
    assertThat(gantry("export", "a:1", "-o", second.toString()).exit()).isZero();
    assertThat(second).isSymbolicLink().hasContent("onetwo");
  }

  @Test
  void aFailedExportLeavesWhatWasThere() throws IOException {
    Path file = Files.writeString(directory.resolve("out.tar"), "before");
    assertThat(gantry("export", "a:1", "-o", file.toString()).exit()).isEqualTo(1);
    assertThat(file).hasContent("before");
    try (var files = Files.list(directory)) {
      assertThat(files).noneMatch(f -> f.toString().endsWith(".part"));
    }
    assertThat(gantry("export", "a:1", "-o", "/no/such/directory/x.tar").err())
        .contains("gantry: export to /no/such/directory/x.tar: ");
  }

  @Test
  void imagesArePushedWithCredentials() {
    runtime()
        .streaming(
            "PushImage",
            List.of(
                PushImageResponse.newBuilder()
                    .addLayers(layer("a", LayerStage.LAYER_STAGE_PACKING, 1))
                    .build(),
                PushImageResponse.newBuilder()
                    .setDigest("sha256:2")
                    .setName("registry.example/b:1")
                    .build()));
    var outcome =
        gantry(
            "push", "--creds", "me:pass", "--compression", "zstd", "a:1", "registry.example/b:1");
    assertThat(outcome).isEqualTo(new Outcome(0, "registry.example/b:1 sha256:2\n", ""));
    var request = runtime().request(PushImageRequest.class);
    assertThat(request.getImage()).isEqualTo("a:1");
    assertThat(request.getDestination()).isEqualTo("registry.example/b:1");
    assertThat(request.getAuth().getPassword()).isEqualTo("pass");
    assertThat(request.getCompression()).isEqualTo(LayerCompression.LAYER_COMPRESSION_ZSTD);
    assertThat(gantry("push", "-q", "a:1").out()).isEqualTo("sha256:2\n");
  }

  @Test
  void namesAreGivenAndTaken() {
    runtime()
        .answering(
            "TagImage", TagImageResponse.newBuilder().setName("docker.io/library/b:1").build())
        .answering("UntagImage", UntagImageResponse.newBuilder().setName("b:1").build());
    assertThat(gantry("tag", "a:1", "b:1").out()).isEqualTo("docker.io/library/b:1\n");
    assertThat(runtime().request(TagImageRequest.class).getImage()).isEqualTo("a:1");
    assertThat(gantry("untag", "b:1").out()).isEqualTo("Untagged: b:1\n");
    runtime()
        .failing("UntagImage", Status.NOT_FOUND.withDescription("untag image c: no such name"));
    assertThat(gantry("untag", "c").err()).isEqualTo("gantry: untag image c: no such name\n");
  }

  @Test
  void aSoundStoreIsSaidToBeSo() {
    runtime()
        .streaming(
            "CheckImages",
            List.of(
                CheckImagesResponse.newBuilder()
                    .setResult(CheckResult.newBuilder().setImages(2).setLayers(5))
                    .build()));
    assertThat(gantry("check-images"))
        .isEqualTo(new Outcome(0, "2 images, 5 layers checked: all as they should be\n", ""));
  }

  @Test
  void whatIsBadIsNamed() {
    var finding =
        CheckFinding.newBuilder()
            .setSubject("layer sha256:ab")
            .addImages("a:1")
            .setProblem("etc/passwd differs");
    var result = CheckResult.newBuilder().setImages(2).setLayers(5).setProblems(1);
    runtime()
        .streaming(
            "CheckImages",
            List.of(
                CheckImagesResponse.newBuilder().setChecked(3).addFindings(finding).build(),
                CheckImagesResponse.newBuilder().setResult(result).build()));
    assertThat(gantry("check-images"))
        .isEqualTo(
            new Outcome(
                1,
                """
                layer sha256:ab (of a:1): etc/passwd differs
                2 images, 5 layers checked: 1 bad, 0 repaired; --repair makes them again
                """,
                ""));
    finding.setRepaired(true).setOutcome("fetched again");
    runtime()
        .streaming(
            "CheckImages",
            List.of(
                CheckImagesResponse.newBuilder().addFindings(finding).build(),
                CheckImagesResponse.newBuilder().setResult(result.setRepaired(1)).build()));
    var repaired = gantry("check-images", "--repair");
    assertThat(repaired.exit()).isZero();
    assertThat(repaired.out()).contains("  repaired: fetched again\n").contains("1 repaired\n");
    assertThat(runtime().requests(CheckImagesRequest.class).getLast().getRepair()).isTrue();
    assertThat(gantry("check-images", "-o", "yaml").out()).contains("subject: layer sha256:ab");
  }

  private void pruning() {
    runtime()
        .answering(
            "PruneImages",
            PruneImagesResponse.newBuilder()
                .addImages(PrunedImage.newBuilder().setId("sha256:1").addNames("a:1"))
                .setBytes(5_000_000)
                .build());
  }

  private List<Boolean> dryRuns() {
    return runtime().requests(PruneImagesRequest.class).stream()
        .map(PruneImagesRequest::getDryRun)
        .toList();
  }

  @Test
  void imagesArePrunedWhenSomeoneAgrees() {
    pruning();
    assertThat(gantry("prune", "--dry-run", "--all", "--until", "24h").out())
        .isEqualTo("Would be removed: sha256:1 (a:1)\n1 image, 5MB would be freed\n");
    var request = runtime().request(PruneImagesRequest.class);
    assertThat(request.getAll()).isTrue();
    assertThat(request.getOlderThanSeconds()).isEqualTo(86_400);
    assertThat(gantry("prune").exit()).isEqualTo(2);
    assertThat(dryRuns()).containsOnly(true);
    assertThat(gantry("prune", "-f").out())
        .isEqualTo("Deleted: sha256:1 (a:1)\n1 image, 5MB freed\n");
    assertThat(dryRuns()).endsWith(true, false);
    terminal = WIDE;
    in = new ByteArrayInputStream("n\n".getBytes(StandardCharsets.US_ASCII));
    assertThat(gantry("prune").exit()).isEqualTo(1);
    assertThat(dryRuns()).endsWith(false, true);
    in = new ByteArrayInputStream("y\n".getBytes(StandardCharsets.US_ASCII));
    assertThat(gantry("prune").out()).endsWith("1 image, 5MB freed\n");
    assertThat(dryRuns()).endsWith(true, false);
  }
}
