/**
 * Protobuf's JSON mapping for lite messages: they go through their wire form, and the names come
 * from the descriptor set that protoc leaves in the jar. Nothing of it is loaded before its first
 * use, so a daemon that prints no JSON does not pay for it.
 */
@NullMarked
package dev.gantry.cri.json;

import org.jspecify.annotations.NullMarked;
