package dev.gantry.linux.net;

/**
 * What went through a link since it was made, seen from the link's own end.
 *
 * @param name of the link
 * @param rxBytes bytes received
 * @param rxErrors packets received with an error
 * @param txBytes bytes sent
 * @param txErrors packets that could not be sent
 */
public record LinkStats(String name, long rxBytes, long rxErrors, long txBytes, long txErrors) {}
