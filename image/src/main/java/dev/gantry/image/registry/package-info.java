/**
 * The distribution spec's client: which hosts stand for a registry ({@code certs.d}, {@code
 * registries.conf}), credentials and tokens, manifests and blobs, and what happens when a host
 * fails.
 *
 * @see <a href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md">the
 *     distribution spec</a>
 */
@NullMarked
package dev.gantry.image.registry;

import org.jspecify.annotations.NullMarked;
