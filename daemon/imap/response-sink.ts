/** Where responses go: the socket of a client who may be slow. */
export interface ResponseSink {
  /**
   * Takes the bytes, which must not change any more. A promise: no more can be taken before it resolves; it rejects when
   * the client has gone.
   */
  write(chunk: Buffer): Promise<void> | undefined;
}
