/** The most bytes that may wait for the end of their frame: a picture in base64 fits. */
export const MAX_FRAME_BYTES = 32 * 1024 * 1024;

/** A frame of a stream grew past the framer's limit before its end came. */
export class FrameTooLargeError extends Error {
  override readonly name = 'FrameTooLargeError';

  constructor(limitBytes: number) {
    super(`An event of the stream is larger than ${limitBytes} bytes.`);
  }
}
