package dev.gantry.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** A layer: its tar archive, and the blob that a registry holds of it. */
public final class TestLayer {
  /** How the blob is compressed. */
  public enum Compression {
    NONE,
    GZIP,
    ZSTD
  }

  private final byte[] tar;
  private final byte[] blob;
  private final Compression compression;

  private TestLayer(byte[] tar, byte[] blob, Compression compression) {
    this.tar = tar.clone();
    this.blob = blob.clone();
    this.compression = compression;
  }

  /** Makes a gzipped layer. */
  public static TestLayer gzip(List<TarEntry> entries) {
    byte[] tar = TarWriter.archive(entries);
    return new TestLayer(tar, gzip(tar), Compression.GZIP);
  }

  /** Makes a layer that is not compressed. */
  public static TestLayer plain(List<TarEntry> entries) {
    byte[] tar = TarWriter.archive(entries);
    return new TestLayer(tar, tar, Compression.NONE);
  }

  /** Makes a layer of any bytes: the tar that its diff id is of, and the blob that is served. */
  public static TestLayer of(byte[] tar, byte[] blob, Compression compression) {
    return new TestLayer(tar, blob, compression);
  }

  /** Returns the bytes gzipped. */
  public static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** Returns the tar archive. */
  public byte[] tar() {
    return tar.clone();
  }

  /** Returns what a registry holds. */
  public byte[] blob() {
    return blob.clone();
  }

  public Compression compression() {
    return compression;
  }

  /** Returns the blob's digest. */
  public String digest() {
    return Hash.sha256(blob);
  }

  /** Returns the tar archive's digest. */
  public String diffId() {
    return Hash.sha256(tar);
  }
}
