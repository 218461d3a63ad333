package dev.gantry.image.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * Reads private keys from PEM: PKCS #8, PKCS #1 ("RSA PRIVATE KEY") and SEC 1 ("EC PRIVATE KEY").
 */
final class PemKey {
  /** AlgorithmIdentifier of rsaEncryption with NULL parameters. */
  private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");

  /** Object identifier id-ecPublicKey. */
  private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

  private static final int MOST_BYTES = 16 << 20;

  private PemKey() {}

  static PrivateKey read(Path file) throws IOException, GeneralSecurityException {
    String text = text(file);
    for (byte[] der : blocks(text, "PRIVATE KEY")) {
      return decode(der, file);
    }
    for (byte[] der : blocks(text, "RSA PRIVATE KEY")) {
      return decode(pkcs8(RSA, der), file);
    }
    for (byte[] der : blocks(text, "EC PRIVATE KEY")) {
      return decode(pkcs8(wrap(0x30, concat(EC, curve(der, file))), der), file);
    }
    throw new IOException(file + " holds no unencrypted PEM private key");
  }

  /**
   * A PEM file of sane size.
   *
   * @throws IOException naming the file
   */
  static String text(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        throw new IOException(file + " exceeds " + MOST_BYTES + " bytes");
      }
      return new String(bytes, StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw new IOException(file + " does not exist", e);
    }
  }

  static List<byte[]> blocks(String pem, String label) throws IOException {
    var found = new ArrayList<byte[]>();
    String begin = "-----BEGIN " + label + "-----";
    String end = "-----END " + label + "-----";
    for (int at = pem.indexOf(begin); at >= 0; at = pem.indexOf(begin, at + 1)) {
      int stop = pem.indexOf(end, at);
      if (stop < 0) {
        throw new IOException("PEM block '" + label + "' has no end");
      }
      try {
        found.add(Base64.getMimeDecoder().decode(pem.substring(at + begin.length(), stop)));
      } catch (IllegalArgumentException e) {
        throw new IOException("PEM block '" + label + "' is not base64", e);
      }
    }
    return found;
  }

  private static PrivateKey decode(byte[] pkcs8, Path file) throws IOException {
    var failure = new IOException(file + " holds a private key that is neither RSA, EC nor EdDSA");
    for (String algorithm : new String[] {"RSA", "EC", "EdDSA"}) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (GeneralSecurityException wrongKind) {
        failure.addSuppressed(wrongKind);
      }
    }
    throw failure;
  }

  /** The curve's object identifier, which SEC 1 keeps in the field tagged [0]. */
  private static byte[] curve(byte[] sec1, Path file) throws IOException {
    for (int i = 0; i + 3 < sec1.length; i++) {
      if ((sec1[i] & 0xff) == 0xa0
          && sec1[i + 2] == 6
          && sec1[i + 1] == sec1[i + 3] + 2
          && i + 4 + sec1[i + 3] <= sec1.length) {
        return java.util.Arrays.copyOfRange(sec1, i + 2, i + 4 + sec1[i + 3]);
      }
    }
    throw new IOException(file + ": EC key without a named curve");
  }

  private static byte[] pkcs8(byte[] algorithm, byte[] key) {
    return wrap(0x30, concat(new byte[] {2, 1, 0}, algorithm, wrap(4, key)));
  }

  private static byte[] wrap(int tag, byte[] body) {
    var out = new ByteArrayOutputStream();
    out.write(tag);
    if (body.length < 128) {
      out.write(body.length);
    } else {
      int octets = body.length < 256 ? 1 : body.length < 65536 ? 2 : 3;
      out.write(0x80 | octets);
      for (int i = octets - 1; i >= 0; i--) {
        out.write(body.length >> (8 * i));
      }
    }
    out.writeBytes(body);
    return out.toByteArray();
  }

  private static byte[] concat(byte[]... parts) {
    var out = new ByteArrayOutputStream();
    for (byte[] p : parts) {
      out.writeBytes(p);
    }
    return out.toByteArray();
  }
}
