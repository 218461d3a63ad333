package dev.gantry.daemon.rpc;

/**
 * One method that answers with many messages, in a class of the method's name.
 *
 * @param <Q> the request message
 * @param <R> the response message
 */
@FunctionalInterface
public interface StreamRpc<Q, R> {
  /**
   * Sends what there is to send; the call ends when this returns. It is interrupted when the caller
   * goes away.
   *
   * @throws Exception as {@link Rpc#handle}
   */
  void handle(Q request, Responses<R> responses) throws Exception;
}
