/** A problem that the person at the keyboard can solve: its message says how. */
export class SetupError extends Error {
  constructor(message) {
    super(message);
    this.name = 'SetupError';
  }
}
