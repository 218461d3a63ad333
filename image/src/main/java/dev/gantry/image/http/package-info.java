/**
 * A HTTP/1.1 client made for registries: bounded heads, stalls that end, every address of a host
 * tried, proxies from the environment, TLS settings per host, any method with a streamed body. It
 * follows no redirect and answers no challenge.
 */
@NullMarked
package dev.gantry.image.http;

import org.jspecify.annotations.NullMarked;
