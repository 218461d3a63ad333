package dev.gantry.streaming.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MaskTest {
  private static final int LONGEST = 20_000;
  private static final int ROUNDS = 2000;

  private final Random random = new Random(7);
  private final Mask mask = new Mask();

  @Test
  void everyByteIsCombinedWithItsOwnOfTheKeyWhereverTheBufferBegins() {
    for (int round = 0; round < ROUNDS; round++) {
      byte[] plain = new byte[round < 40 ? round : random.nextInt(LONGEST)];
      random.nextBytes(plain);
      int key = random.nextInt();
      int before = random.nextInt(9);
      ByteBuffer buffer = buffer(round % 2 == 0, before, plain);
      // In two pieces, as a payload may come.
      int cut = plain.length == 0 ? 0 : random.nextInt(plain.length);
      mask.apply(buffer.limit(before + cut), key, 0);
      mask.apply(buffer.limit(before + plain.length).position(before + cut), key, cut);
      assertThat(buffer.position()).isEqualTo(before + cut);
      byte[] masked = new byte[plain.length];
      buffer.get(before, masked);
      assertThat(masked).isEqualTo(byTheBook(plain, key));
      buffer.clear();
      assertThat(buffer.get(before + plain.length)).isEqualTo((byte) 0);
    }
  }

  private static ByteBuffer buffer(boolean direct, int before, byte[] content) {
    int size = before + content.length + 1;
    ByteBuffer buffer = direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
    return buffer.put(before, content).position(before);
  }

  /** Section 5.3: transformed-octet-i = original-octet-i XOR masking-key-octet-(i MOD 4). */
  private static byte[] byTheBook(byte[] plain, int key) {
    byte[] octets = ByteBuffer.allocate(4).putInt(key).array();
    byte[] masked = new byte[plain.length];
    for (int i = 0; i < plain.length; i++) {
      masked[i] = (byte) (plain[i] ^ octets[i % 4]);
    }
    return masked;
  }
}
