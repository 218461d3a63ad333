package dev.gantry.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.MessageLite;
import dev.gantry.cri.v1.ContainerAttributes;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.ContainerState;
import dev.gantry.cri.v1.ContainerStats;
import dev.gantry.cri.v1.ContainerStatus;
import dev.gantry.cri.v1.ContainerStatusResponse;
import dev.gantry.cri.v1.CpuUsage;
import dev.gantry.cri.v1.ImageFsInfoResponse;
import dev.gantry.cri.v1.ListContainerStatsResponse;
import dev.gantry.cri.v1.MemoryUsage;
import dev.gantry.cri.v1.RuntimeCondition;
import dev.gantry.cri.v1.RuntimeHandler;
import dev.gantry.cri.v1.RuntimeStatus;
import dev.gantry.cri.v1.StatusResponse;
import dev.gantry.cri.v1.UInt64Value;
import dev.gantry.cri.v1.VersionResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class InspectCommandsTest extends CommandTest {
  @Test
  void theVersionIsPrintedAsCrictlDoes() {
    runtime()
        .answering(
            "Version",
            VersionResponse.newBuilder()
                .setVersion("0.1.0")
                .setRuntimeName("fake")
                .setRuntimeVersion("9")
                .setRuntimeApiVersion("v1")
                .build());
    assertThat(gantry("version").out())
        .startsWith(
            "Version:  0.1.0\nRuntimeName:  fake\nRuntimeVersion:  9\nRuntimeApiVersion:  v1\n");
  }

  @Test
  void aContainersStatusHasReadableTimesAndUnfoldedInformation() {
    runtime()
        .answering(
            "ContainerStatus",
            ContainerStatusResponse.newBuilder()
                .setStatus(
                    ContainerStatus.newBuilder()
                        .setId(ID1)
                        .setMetadata(ContainerMetadata.newBuilder().setName("c"))
                        .setState(ContainerState.CONTAINER_RUNNING)
                        .setCreatedAt(1_000_000_000L)
                        .setStartedAt(2_500_000_000L))
                .putInfo("info", "{\"z\": 1, \"a\": [true, null, 2.5]}")
                .putInfo("word", "\"quoted\"")
                .build());
    String json = gantry("inspect", ID1).out();
    assertThat(json)
        .contains("\"createdAt\": \"1970-01-01T00:00:01Z\"")
        .contains("\"startedAt\": \"1970-01-01T00:00:02.5Z\"")
        .contains("\"finishedAt\": \"0001-01-01T00:00:00Z\"")
        .contains("\"state\": \"CONTAINER_RUNNING\"")
        .contains("\"word\": \"quoted\"")
        .doesNotContain("\"resources\": null");
    assertThat(json.indexOf("\"a\"")).isLessThan(json.indexOf("\"z\""));
    assertThat(json.indexOf("\"info\"")).isLessThan(json.indexOf("\"status\""));
    assertThat(gantry("inspect", "-o", "yaml", ID1).out())
        .contains("  createdAt: \"1970-01-01T00:00:01Z\"\n")
        .contains("word: quoted\n");
    assertThat(gantry("inspect", "-o", "table", ID1).out())
        .startsWith("ID: " + ID1 + "\nName: c\nAttempt: 0\nState: Running\n");
    assertThat(gantry("inspect", "-q", ID1, ID1).out()).startsWith("[\n");
  }

  @Test
  void informationAboutTheRuntime() {
    runtime()
        .answering(
            "Status",
            StatusResponse.newBuilder()
                .setStatus(
                    RuntimeStatus.newBuilder()
                        .addConditions(
                            RuntimeCondition.newBuilder().setType("RuntimeReady").setStatus(true))
                        .addConditions(
                            RuntimeCondition.newBuilder()
                                .setType("NetworkReady")
                                .setReason("NetworkPluginNotReady")
                                .setMessage("no configuration")))
                .addRuntimeHandlers(RuntimeHandler.newBuilder().setName("crun"))
                .putInfo("config", "{\"root\": \"/r\"}")
                .build());
    assertThat(gantry("info").out())
        .contains("\"runtimeHandlers\": [")
        .contains("\"root\": \"/r\"")
        .contains("\"reason\": \"NetworkPluginNotReady\"");
    assertThat(gantry("info", "-o", "table").out())
        .startsWith(
            """
            RuntimeReady: yes
            NetworkReady: no, NetworkPluginNotReady no configuration
            Handler: crun
            """);
  }

  @Test
  void statisticsComeFromTwoSamples() {
    AtomicInteger sample = new AtomicInteger();
    runtime()
        .answering(
            "ListContainerStats",
            MessageLite.class,
            request ->
                ListContainerStatsResponse.newBuilder()
                    .addStats(stats(ID2, "b", sample.get()))
                    .addStats(stats(ID1, "a", sample.getAndIncrement()))
                    .addStats(ContainerStats.newBuilder())
                    .build());
    assertThat(gantry("stats").out())
        .isEqualTo(
            """
            CONTAINER           NAME                CPU %               MEM                 DISK                INODES              SWAP
            1111111111111       a                   25.00               2.048MB             0B                  0                   0B
            2222222222222       b                   25.00               2.048MB             0B                  0                   0B
            """);
  }

  private static ContainerStats stats(String id, String name, int sample) {
    long second = 1_000_000_000L;
    return ContainerStats.newBuilder()
        .setAttributes(
            ContainerAttributes.newBuilder()
                .setId(id)
                .setMetadata(ContainerMetadata.newBuilder().setName(name)))
        .setCpu(
            CpuUsage.newBuilder()
                .setTimestamp(second * (sample + 1))
                .setUsageCoreNanoSeconds(
                    UInt64Value.newBuilder().setValue(second / 4 * (sample + 1))))
        .setMemory(
            MemoryUsage.newBuilder()
                .setWorkingSetBytes(UInt64Value.newBuilder().setValue(2_048_000)))
        .build();
  }

  @Test
  void theFileSystemOfImages() {
    runtime().answering("ImageFsInfo", ImageFsInfoResponse.getDefaultInstance());
    assertThat(gantry("imagefsinfo").out())
        .isEqualTo(
            """
            {
              "status": {
                "containerFilesystems": [],
                "imageFilesystems": []
              }
            }
            """);
  }

  @Test
  void logsAreReadFromTheContainersFile() throws IOException {
    Path log = directory.resolve("1.log");
    String time = "2026-11-21T10:00:01.5Z";
    Files.writeString(log, time + " stdout F hello\n" + time + " stderr F oops\n");
    Files.writeString(directory.resolve("0.log"), time + " stdout F before\n");
    runtime()
        .answering(
            "ContainerStatus",
            ContainerStatusResponse.newBuilder()
                .setStatus(
                    ContainerStatus.newBuilder()
                        .setState(ContainerState.CONTAINER_EXITED)
                        .setMetadata(ContainerMetadata.newBuilder().setAttempt(1))
                        .setLogPath(log.toString()))
                .build());
    assertThat(gantry("logs", ID1)).isEqualTo(new Outcome(0, "hello\n", "oops\n"));
    assertThat(gantry("logs", "-f", "-t", "-s", "stdout", ID1))
        .isEqualTo(new Outcome(0, time + " hello\n", ""));
    assertThat(gantry("logs", "--tail", "1", ID1)).isEqualTo(new Outcome(0, "", "oops\n"));
    assertThat(gantry("logs", "--since", "2026-11-21T10:00:02Z", ID1))
        .isEqualTo(new Outcome(0, "", ""));
    assertThat(gantry("logs", "-p", ID1)).isEqualTo(new Outcome(0, "before\n", ""));
    assertThat(gantry("logs", "--since", "soon", ID1).err()).contains("--since soon: must be");
  }
}
