package dev.gantry.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.Container;
import dev.gantry.cri.v1.ContainerMetadata;
import dev.gantry.cri.v1.ListContainersResponse;
import io.grpc.Drainable;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A list that is encoded item by item is the message that it stands for. */
class EncodedListTest {
  private final List<Container> containers =
      IntStream.range(0, 300)
          .mapToObj(i ->
              Container.newBuilder()
                  .setId("c" + i)
                  .setMetadata(ContainerMetadata.newBuilder().setName("n".repeat(i)))
                  .putLabels("number", "" + i)
                  .build())
          .toList();

  private InputStream stream(List<Container> some) {
    return EncodedList.MARSHALLER.stream(
        new EncodedList(some.stream().map(EncodedList::item).toList()));
  }

  @Test
  void itIsTheMessageThatItStandsFor() throws Exception {
    var whole = ListContainersResponse.newBuilder().addAllContainers(containers).build();
    var drained = new ByteArrayOutputStream();
    InputStream stream = stream(containers);
    assertThat(stream.available()).isEqualTo(whole.getSerializedSize());
    assertThat(((Drainable) stream).drainTo(drained)).isEqualTo(whole.getSerializedSize());
    assertThat(drained.toByteArray()).isEqualTo(whole.toByteArray());
    assertThat(stream.available()).isZero();
    assertThat(stream.read()).isEqualTo(-1);
    assertThat(stream(containers).readAllBytes()).isEqualTo(whole.toByteArray());
    assertThat(stream(List.of()).readAllBytes()).isEmpty();
  }

  @Test
  void itMayBeReadAndThenDrained() throws Exception {
    var whole = ListContainersResponse.newBuilder().addAllContainers(containers).build();
    var out = new ByteArrayOutputStream();
    InputStream stream = stream(containers);
    for (int i = 0; i < 1_000; i++) {
      out.write(stream.read());
    }
    assertThat(stream.available()).isEqualTo(whole.getSerializedSize() - 1_000);
    ((Drainable) stream).drainTo(out);
    assertThat(out.toByteArray()).isEqualTo(whole.toByteArray());
  }
}
