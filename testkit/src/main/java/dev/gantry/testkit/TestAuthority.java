package dev.gantry.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/**
 * A certificate authority, and the certificates it signs, made by openssl in a directory of their
 * own.
 */
public final class TestAuthority {
  private final Path directory;

  /**
   * A certificate with its key, both PEM files.
   *
   * @param certificate what is shown to the other side
   * @param key not encrypted, PKCS #8
   */
  public record Pair(Path certificate, Path key) {
    /** Returns the certificate's DER bytes in base64, as a JWT's {@code x5c} header holds it. */
    public String base64() {
      try {
        return Files.readString(certificate)
            .replaceAll("-----[A-Z ]+-----", "")
            .replaceAll("\\s", "");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Returns the key's DER bytes. */
    byte[] keyBytes() {
      try {
        String text =
            Files.readString(key).replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
        return Base64.getDecoder().decode(text);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private TestAuthority(Path directory) {
    this.directory = directory;
  }

  /** Makes an authority of this name with its files in {@code directory}, which must exist. */
  public static TestAuthority make(Path directory, String name) {
    TestAuthority made = new TestAuthority(directory);
    openssl(
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=" + name,
        "-keyout",
        made.file("ca.key"),
        "-out",
        made.file("ca.crt"));
    return made;
  }

  /** Returns the authority's own certificate. */
  public Path certificate() {
    return directory.resolve("ca.crt");
  }

  /** Makes a certificate of a server at 127.0.0.1 and localhost, good for two days. */
  public Pair server(String name) {
    return sign(name, "subjectAltName=IP:127.0.0.1,DNS:localhost", "ec", 2);
  }

  /** Makes a certificate of a server that ran out yesterday. */
  public Pair expiredServer(String name) {
    return sign(name, "subjectAltName=IP:127.0.0.1,DNS:localhost", "ec", -1);
  }

  /** Makes a certificate that a client shows. */
  public Pair client(String name) {
    return sign(name, "extendedKeyUsage=clientAuth", "ec", 2);
  }

  /** Makes an RSA certificate that signs tokens. */
  public Pair signer(String name) {
    return sign(name, "keyUsage=digitalSignature", "rsa", 2);
  }

  private Pair sign(String name, String extension, String keyType, int days) {
    String[] kind =
        keyType.equals("rsa")
            ? new String[] {"rsa", "rsa_keygen_bits:2048"}
            : new String[] {"ec", "ec_paramgen_curve:P-256"};
    openssl(
        "req",
        "-newkey",
        kind[0],
        "-pkeyopt",
        kind[1],
        "-nodes",
        "-subj",
        "/CN=" + name,
        "-addext",
        extension,
        "-keyout",
        file(name + ".key"),
        "-out",
        file(name + ".csr"));
    openssl(
        "x509",
        "-req",
        "-in",
        file(name + ".csr"),
        "-CA",
        file("ca.crt"),
        "-CAkey",
        file("ca.key"),
        "-CAcreateserial",
        "-copy_extensions",
        "copy",
        "-days",
        String.valueOf(days),
        "-out",
        file(name + ".crt"));
    return new Pair(directory.resolve(name + ".crt"), directory.resolve(name + ".key"));
  }

  private String file(String name) {
    return directory.resolve(name).toString();
  }

  private static void openssl(String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = Commands.find("openssl").toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Commands.Result result = Commands.run(command);
    if (result.exit() != 0) {
      throw new IllegalStateException(String.join(" ", command) + ": " + result.output());
    }
  }
}
