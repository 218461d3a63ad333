package dev.gantry.daemon.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.gantry.cri.v1.Container;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChunksTest {
  private static final int MEBI = 1 << 20;

  private static List<Container> items(int count, int bytes) {
    return IntStream.range(0, count).mapToObj(i -> item(i, bytes)).toList();
  }

  /** An item that is encoded in so many bytes. */
  private static Container item(int number, int bytes) {
    var item = Container.newBuilder().setId("" + number);
    int length = bytes;
    while (item.setImageRef("x".repeat(length)).build().getSerializedSize() > bytes) {
      length--;
    }
    return item.build();
  }

  private static List<List<Container>> parts(List<Container> all) throws InterruptedException {
    var parts = new ArrayList<List<Container>>();
    Chunks.send(all, part -> parts.add(List.copyOf(part)));
    return parts;
  }

  private static List<Integer> sizes(List<Container> all) throws InterruptedException {
    List<List<Container>> parts = parts(all);
    assertThat(parts.stream().flatMap(List::stream)).containsExactlyElementsOf(all);
    return parts.stream().map(List::size).toList();
  }

  @Test
  void nothingIsSentOfAnEmptyList() throws Exception {
    assertThat(parts(List.of())).isEmpty();
  }

  @Test
  void aPartHasFiveHundredItemsAtMost() throws Exception {
    assertThat(sizes(items(1, 10))).containsExactly(1);
    assertThat(sizes(items(500, 10))).containsExactly(500);
    assertThat(sizes(items(501, 10))).containsExactly(500, 1);
    assertThat(sizes(items(1_234, 10))).containsExactly(500, 500, 234);
  }

  @Test
  void aPartHasOneMebibyteAtMost() throws Exception {
    assertThat(item(0, MEBI / 4).getSerializedSize()).isEqualTo(MEBI / 4);
    assertThat(sizes(items(4, MEBI / 4))).containsExactly(4);
    assertThat(sizes(items(9, MEBI / 4))).containsExactly(4, 4, 1);
    assertThat(sizes(items(5, MEBI / 4 + 1))).containsExactly(3, 2);
  }

  @Test
  void aLargerItemIsAPartOfItsOwn() throws Exception {
    Container large = item(1, 3 * MEBI);
    assertThat(sizes(List.of(large))).containsExactly(1);
    assertThat(sizes(List.of(item(0, 10), large, large, item(2, 10), item(3, 10))))
        .containsExactly(1, 1, 1, 2);
  }
}
