package dev.gantry.image.http;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/** What a request carries. It may be sent more than once (after a 401), hence opened anew. */
public interface RequestBody {
  /** How many bytes {@link #open} gives, which is sent as Content-Length. */
  long length();

  /** The bytes from the first on; the caller closes the stream. */
  InputStream open() throws IOException;

  static RequestBody of(byte[] bytes) {
    return new RequestBody() {
      @Override
      public long length() {
        return bytes.length;
      }

      @Override
      public InputStream open() {
        return new ByteArrayInputStream(bytes);
      }
    };
  }
}
