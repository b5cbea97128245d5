/** An error as DuckDB reports it under `errors_as_json`. */
export interface EngineError {
  /** Its class, such as `Conversion`. */
  readonly kind: string;
  readonly message: string;
  /** Names that DuckDB suggests. */
  readonly candidates?: string | undefined;
  /** Of the system, where it is an error of a file. */
  readonly errno?: string | undefined;
  /** Where in the query, in bytes. */
  readonly position?: string | undefined;
}

/** The position in the query as it was typed of one in the statement that ran; both in bytes. */
export type PlaceInQuery = (place: number) => number;

export function engineError(error: unknown, place: PlaceInQuery = (at) => at): EngineError {
  const { position, ...engine } = parsedError(error);
  return {
    ...engine,
    position: position === undefined ? undefined : String(place(Number(position))),
  };
}

function parsedError(error: unknown): EngineError {
  const text = error instanceof Error ? error.message : String(error);
  const json = text.replace(/^Failed to extract statements: Parser Error: (?=\{)/, '');
  if (json.startsWith('{')) {
    try {
      const { exception_type, exception_message, candidates, errno, position } = JSON.parse(json);
      return {
        kind: String(exception_type),
        message: String(exception_message),
        candidates,
        errno,
        position,
      };
    } catch {
      return { kind: 'Unknown', message: '' };
    }
  }
  const [, kind = 'Unknown', message = ''] =
    /^([A-Z][A-Za-z ]{2,40}) Error: (.*)$/s.exec(text) ?? [];
  return { kind, message };
}
