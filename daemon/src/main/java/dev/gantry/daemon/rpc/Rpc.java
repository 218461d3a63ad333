package dev.gantry.daemon.rpc;

/**
 * One unary method of the CRI, in a class of the method's name.
 *
 * @param <Q> the request message
 * @param <R> the response message
 */
@FunctionalInterface
public interface Rpc<Q, R> {
  /**
   * Does what the method is for.
   *
   * @throws CallFailure with the status to answer with
   * @throws Exception of the parts below; {@link ErrorStatus} says which status each becomes
   */
  R handle(Q request) throws Exception;
}
