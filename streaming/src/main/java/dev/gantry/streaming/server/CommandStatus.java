package dev.gantry.streaming.server;

import dev.gantry.streaming.ExitStatusJson;

/**
 * How a command ended, as the error stream tells it.
 *
 * @param json from version 4 of the protocol on
 * @param text before that: nothing for a success, else why in words
 */
record CommandStatus(String json, String text) {
  static CommandStatus exited(int code) {
    return new CommandStatus(
        ExitStatusJson.exited(code), code == 0 ? "" : ExitStatusJson.nonZero(code));
  }

  static CommandStatus failed(String why) {
    return new CommandStatus(ExitStatusJson.failed(why), why);
  }
}
