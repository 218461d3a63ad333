package dev.gantry.image.policy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads public keys in PEM: what {@code cosign generate-key-pair} and openssl write. */
final class PublicKeys {
  private static final int MOST_BYTES = 64 * 1024;
  private static final int LEAST_RSA_BITS = 2048;
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

  /** The algorithms that signatures are verified with, by the last bytes of their identifier. */
  private static final String[] ALGORITHMS = {"EC", "RSA", "Ed25519"};

  private PublicKeys() {}

  static PublicKey load(Requirement.KeySource source) throws IOException {
    return switch (source) {
      case Requirement.KeySource.InFile file -> parse(read(file.path()));
      case Requirement.KeySource.Inline inline -> parse(inline.pem());
    };
  }

  private static byte[] read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException(Files.exists(file) ? "not a regular file" : "no such file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] pem = in.readNBytes(MOST_BYTES + 1);
      if (pem.length > MOST_BYTES) {
        throw new IOException("longer than " + MOST_BYTES + " bytes, no public key");
      }
      return pem;
    }
  }

  /**
   * The key in the first block.
   *
   * @throws IOException saying why it cannot be used
   */
  static PublicKey parse(byte[] pem) throws IOException {
    Matcher block = BLOCK.matcher(new String(pem, StandardCharsets.ISO_8859_1));
    if (!block.find()) {
      throw new IOException("no PEM: there is no -----BEGIN PUBLIC KEY----- in it");
    }
    byte[] der;
    try {
      der = Base64.getMimeDecoder().decode(block.group(2));
    } catch (IllegalArgumentException e) {
      throw new IOException("its PEM is not base64", e);
    }
    return switch (block.group(1)) {
      case "PUBLIC KEY" -> checked(fromSpki(der));
      case "RSA PUBLIC KEY" -> checked(fromSpki(rsaSpki(der)));
      default ->
          throw new IOException("a " + block.group(1) + ", but a PUBLIC KEY in PEM is needed");
    };
  }

  private static PublicKey fromSpki(byte[] der) throws IOException {
    var spec = new X509EncodedKeySpec(der);
    GeneralSecurityException last = null;
    for (String algorithm : ALGORITHMS) {
      try {
        return KeyFactory.getInstance(algorithm).generatePublic(spec);
      } catch (GeneralSecurityException otherKind) {
        last = otherKind;
      }
    }
    throw new IOException("no ECDSA key of P-256, P-384 or P-521, no RSA and no Ed25519 key", last);
  }

  private static PublicKey checked(PublicKey key) throws IOException {
    if (key instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() < LEAST_RSA_BITS) {
      throw new IOException(
          "an RSA key of "
              + rsa.getModulus().bitLength()
              + " bits; less than "
              + LEAST_RSA_BITS
              + " can be forged");
    }
    return key;
  }

  /** Wraps PKCS #1 into SubjectPublicKeyInfo: SEQUENCE { rsaEncryption, BIT STRING }. */
  private static byte[] rsaSpki(byte[] pkcs1) {
    byte[] identifier = {
      0x30,
      0x0d,
      0x06,
      0x09,
      0x2a,
      (byte) 0x86,
      0x48,
      (byte) 0x86,
      (byte) 0xf7,
      0x0d,
      0x01,
      0x01,
      0x01,
      0x05,
      0x00
    };
    byte[] bits = new byte[pkcs1.length + 1];
    System.arraycopy(pkcs1, 0, bits, 1, pkcs1.length);
    var content = new ByteArrayOutputStream();
    content.writeBytes(identifier);
    der(content, 0x03, bits);
    var whole = new ByteArrayOutputStream();
    der(whole, 0x30, content.toByteArray());
    return whole.toByteArray();
  }

  private static void der(ByteArrayOutputStream out, int tag, byte[] value) {
    out.write(tag);
    if (value.length < 0x80) {
      out.write(value.length);
    } else {
      int bytes = value.length < 0x100 ? 1 : value.length < 0x10000 ? 2 : 3;
      out.write(0x80 | bytes);
      for (int i = bytes - 1; i >= 0; i--) {
        out.write(value.length >> (8 * i));
      }
    }
    out.writeBytes(value);
  }
}
