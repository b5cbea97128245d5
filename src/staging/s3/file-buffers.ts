const FIRST_CAPACITY = 1024 * 1024;

/** The content of a file that is being put together. */
export interface FileBuffer {
  bytes: Buffer;
  length: number;
}

/**
 * Buffers that are used again: as garbage, those of a megabyte would pile up to some 60 MB before
 * anybody collects them.
 */
export class FileBuffers {
  readonly #free: Buffer[] = [];

  take(): FileBuffer {
    return { bytes: this.#free.pop() ?? Buffer.allocUnsafeSlow(FIRST_CAPACITY), length: 0 };
  }

  append(file: FileBuffer, bytes: Buffer): void {
    const needed = file.length + bytes.length;
    if (needed > file.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * file.bytes.length));
      file.bytes.copy(larger, 0, 0, file.length);
      file.bytes = larger;
    }
    bytes.copy(file.bytes, file.length);
    file.length = needed;
  }

  /** Nobody may use its bytes any more. */
  giveBack({ bytes }: FileBuffer): void {
    this.#free.push(bytes);
  }
}
