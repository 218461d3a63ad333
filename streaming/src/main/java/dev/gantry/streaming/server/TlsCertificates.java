package dev.gantry.streaming.server;

import dev.gantry.streaming.StreamingSettings;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The certificate of new connections: files are read again when they have changed, and our own is
 * made anew before it expires.
 */
final class TlsCertificates {
  private static final Logger LOG = LoggerFactory.getLogger(TlsCertificates.class);
  private static final List<String> VERSIONS = List.of("TLSv1.3", "TLSv1.2");
  private static final Duration LIFETIME = Duration.ofDays(90);
  private static final Duration RENEWAL = Duration.ofDays(60);

  private final StreamingSettings settings;
  private @Nullable SslContext context;
  private @Nullable List<Version> version;
  private Instant made = Instant.EPOCH;
  private String reported = "";

  /** What tells that a file, or what a link to it names, is another than before. */
  private record Version(FileTime modified, long size, @Nullable Object inode) {
    static Version of(Path file) throws IOException {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new Version(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    }
  }

  private TlsCertificates(StreamingSettings settings) {
    this.settings = settings;
  }

  static TlsCertificates of(StreamingSettings settings) throws IOException {
    var certificates = new TlsCertificates(settings);
    certificates.current();
    return certificates;
  }

  /**
   * What a new connection uses. Files that cannot be used after a change are reported, and the
   * certificate of before stays.
   */
  synchronized SslContext current() throws IOException {
    SslContext before = context;
    try {
      return settings.tls() == StreamingSettings.Tls.CONFIGURED ? configured() : own();
    } catch (IOException e) {
      if (before == null) {
        throw e;
      }
      String why = String.valueOf(e.getMessage());
      if (!why.equals(reported)) {
        // Once, not with each connection.
        reported = why;
        LOG.warn("streaming server: the certificate of before stays in use: {}", why);
      }
      return before;
    }
  }

  private SslContext configured() throws IOException {
    Path certificate = Objects.requireNonNull(settings.certificate());
    Path key = Objects.requireNonNull(settings.key());
    SslContext known = context;
    List<Version> now = versions(certificate, key);
    if (known != null && now.equals(version)) {
      return known;
    }
    // Not tried again before the files change once more.
    version = now;
    KeyWithCertificates read = KeyWithCertificates.read(certificate, key);
    SslContext fresh = build(SslContextBuilder.forServer(read.key(), read.certificates()));
    context = fresh;
    reported = "";
    return fresh;
  }

  private static List<Version> versions(Path certificate, Path key) throws IOException {
    try {
      return List.of(Version.of(certificate), Version.of(key));
    } catch (NoSuchFileException e) {
      throw new IOException("TLS: there is no file " + e.getMessage(), e);
    }
  }

  private SslContext own() throws IOException {
    SslContext known = context;
    if (known != null && Instant.now().isBefore(made.plus(RENEWAL))) {
      return known;
    }
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      made = Instant.now();
      X509Certificate certificate =
          SelfSigned.certificate(pair, settings.address().getAddress(), made, LIFETIME);
      SslContext fresh = build(SslContextBuilder.forServer(pair.getPrivate(), certificate));
      context = fresh;
      return fresh;
    } catch (GeneralSecurityException e) {
      throw new IOException("make a certificate: " + e.getMessage(), e);
    }
  }

  private static SslContext build(SslContextBuilder builder) throws IOException {
    return builder
        .sslProvider(SslProvider.JDK)
        .protocols(VERSIONS)
        .clientAuth(ClientAuth.NONE)
        .build();
  }
}
