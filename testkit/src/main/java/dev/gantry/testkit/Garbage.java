package dev.gantry.testkit;

import java.util.Random;

/** What a broken server or something on the way may say instead of HTTP, or beside it. */
final class Garbage {
  private static final String[] ANSWERS = {
    "",
    "\r\n\r\n",
    "HTTP/1.1\r\n\r\n",
    "HTTP/1.1 banana OK\r\n\r\n",
    "HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n",
    "SSH-2.0-OpenSSH_9.2\r\n",
    "<html>captive portal</html>\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\nhello",
    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 16\r\n\r\n<h1>sign in</h1>",
    "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 302 Found\r\nLocation: :::\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 401 Who\r\nWWW-Authenticate: Bearer realm=\"x\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
  };
  private static final String[] HEADERS = {
    "X-Long: " + "y".repeat(30_000) + "\r\n",
    "X-Many: 1\r\n".repeat(150),
    "x-folded: one\r\n two\r\n\tthree\r\n",
    "X-Empty:\r\nX-Odd:=,;\"\r\n",
    "Retry-After: Wed, 21 Oct 2065 07:28:00 GMT\r\n",
    "Set-Cookie: a=b; Path=/; Domain=.example\r\nContent-Disposition: attachment\r\n",
    "ETag: W/\"\"\r\nAccept-Ranges: none\r\nDate: yesterday\r\n",
    "Docker-Distribution-Api-Version: registry/3.0\r\nWarning: 299 - \"soon gone\"\r\n",
  };

  private Garbage() {}

  /** Returns the whole of an answer after which the connection ends. */
  static byte[] answer(int seed) {
    Random random = new Random(seed);
    int which = random.nextInt(ANSWERS.length + 2);
    if (which < ANSWERS.length) {
      return HttpDoor.ascii(ANSWERS[which]);
    }
    byte[] noise = new byte[random.nextInt(2000)];
    random.nextBytes(noise);
    return noise;
  }

  /** Returns header lines that a client has to live with. */
  static String headers(int seed) {
    return HEADERS[Math.floorMod(seed, HEADERS.length)];
  }
}
