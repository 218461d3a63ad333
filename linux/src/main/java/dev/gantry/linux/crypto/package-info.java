/**
 * Digests and decompression by the system's fast libraries, reached through FFM, with the JDK's own
 * where a library is missing: under C1 alone the JDK hashes at a tenth of libcrypto's speed.
 */
@NullMarked
package dev.gantry.linux.crypto;

import org.jspecify.annotations.NullMarked;
