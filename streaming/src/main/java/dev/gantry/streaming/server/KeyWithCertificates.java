package dev.gantry.streaming.server;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A private key and the certificates that vouch for it, the key's own first, from PEM files (RFC
 * 7468). That they belong together is tried out: nobody else does before a client's handshake.
 */
record KeyWithCertificates(PrivateKey key, List<X509Certificate> certificates) {
  private static final int LONGEST_FILE = 1 << 20;
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

  KeyWithCertificates {
    certificates = List.copyOf(certificates);
  }

  /**
   * Reads both files.
   *
   * @throws IOException naming the file, and what is wrong with it
   */
  static KeyWithCertificates read(Path certificateFile, Path keyFile) throws IOException {
    List<X509Certificate> certificates = certificates(certificateFile);
    PublicKey vouchedFor = certificates.getFirst().getPublicKey();
    PrivateKey key = key(keyFile, vouchedFor.getAlgorithm());
    try {
      if (!belongsTo(key, vouchedFor)) {
        throw new IOException(keyFile + " is not the key of certificate " + certificateFile);
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(keyFile + " with " + certificateFile + ": " + e.getMessage(), e);
    }
    return new KeyWithCertificates(key, certificates);
  }

  private static byte[] bytes(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(LONGEST_FILE);
    } catch (NoSuchFileException e) {
      throw new IOException("TLS: there is no file " + file, e);
    }
  }

  private static List<X509Certificate> certificates(Path file) throws IOException {
    try {
      List<X509Certificate> found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(bytes(file)))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (found.isEmpty()) {
        throw new IOException(file + ": no certificate in it");
      }
      return found;
    } catch (GeneralSecurityException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private static PrivateKey key(Path file, String algorithm) throws IOException {
    Matcher pem = KEY.matcher(new String(bytes(file), StandardCharsets.US_ASCII));
    if (!pem.find()) {
      throw new IOException(
          file
              + ": no PKCS#8 private key without a password; openssl pkcs8 -topk8 -nodes makes"
              + " one of others");
    }
    try {
      byte[] der = Base64.getMimeDecoder().decode(pem.group(1));
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException(file + ": no key for " + algorithm + ": " + e.getMessage(), e);
    }
  }

  private static boolean belongsTo(PrivateKey key, PublicKey vouchedFor)
      throws GeneralSecurityException {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> key.getAlgorithm();
        };
    byte[] anything = {1};
    Signature sign = Signature.getInstance(algorithm);
    sign.initSign(key);
    sign.update(anything);
    Signature verify = Signature.getInstance(algorithm);
    verify.initVerify(vouchedFor);
    verify.update(anything);
    return verify.verify(sign.sign());
  }
}
