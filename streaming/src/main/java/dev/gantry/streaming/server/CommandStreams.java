package dev.gantry.streaming.server;

import org.jspecify.annotations.Nullable;

/**
 * The streams of an exec or attach, whichever protocol carries them.
 *
 * @param error for how it ended
 * @param stdin from the client; null when it was not asked for
 * @param stdout to the client; null when it was not asked for
 * @param stderr to the client; null when it was not asked for
 * @param resize sizes of the terminal, from the client; null when there is none
 * @param statusJson whether the end is told as JSON, as from version 4 on; else failures as text
 * @param leave called when everything is written
 */
record CommandStreams(
    ByteStream error,
    @Nullable ByteStream stdin,
    @Nullable ByteStream stdout,
    @Nullable ByteStream stderr,
    @Nullable ByteStream resize,
    boolean statusJson,
    Runnable leave) {}
