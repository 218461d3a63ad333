package dev.gantry.daemon.rpc;

/**
 * One method that is asked by many messages and answers once, in a class of the method's name.
 *
 * @param <Q> the request message
 * @param <R> the response message
 */
@FunctionalInterface
public interface UploadRpc<Q, R> {
  /**
   * Takes the messages and answers. It is interrupted when the caller goes away.
   *
   * @throws Exception as {@link Rpc#handle}
   */
  R handle(Requests<Q> requests) throws Exception;
}
