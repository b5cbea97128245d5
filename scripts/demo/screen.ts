import { styleText } from 'node:util';

const LABEL_WIDTH = 14;
const ERASE_LINE = '\r\x1b[K';
const DEFAULT_COLUMNS = 80;

/** Lines for the person in front of it; on a terminal also one that is drawn again and again. */
export class Screen {
  readonly #out: NodeJS.WriteStream;
  #redrawn = '';

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
  }

  get isTerminal(): boolean {
    return this.#out.isTTY === true;
  }

  line(text = ''): void {
    this.settle();
    this.#out.write(`${text}\n`);
  }

  heading(text: string): void {
    this.line();
    this.line(this.#style('bold', text));
  }

  /** A line with a label, or without one if it continues. */
  field(label: string, text: string): void {
    this.line(`  ${label.padEnd(LABEL_WIDTH)}${text}`);
  }

  success(text: string): void {
    this.line(`  ${this.#style('green', '✓')} ${text}`);
  }

  /** Something to copy, as it is. */
  quote(text: string): void {
    for (const line of text.split('\n')) this.line(`    ${this.#style('cyan', line)}`);
  }

  /** Shows a line in the place of the one that was redrawn before. For terminals only. */
  redraw(text: string): void {
    const fitting = text.slice(0, (this.#out.columns || DEFAULT_COLUMNS) - 1);
    if (fitting === this.#redrawn) return;
    this.#redrawn = fitting;
    this.#out.write(`${ERASE_LINE}${fitting}`);
  }

  /** Takes a redrawn line away. */
  erase(): void {
    if (this.#redrawn !== '') this.redraw('');
  }

  /** Ends a redrawn line, which stays as it is. */
  settle(): void {
    if (this.#redrawn === '') return;
    this.#redrawn = '';
    this.#out.write('\n');
  }

  #style(format: Parameters<typeof styleText>[0], text: string): string {
    return styleText(format, text, { stream: this.#out });
  }
}

export function count(number: number): string {
  return number.toLocaleString('en-US');
}
