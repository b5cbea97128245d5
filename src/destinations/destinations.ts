import { type ConnectionsByType, findConnection } from '../domain/connection-type.ts';
import type {
  Destination,
  DestinationName,
  DestinationType,
  OnResponse,
} from '../domain/destination-port.ts';

/** The destinations that a worker can send to, each connected when it is first used. */
export class Destinations implements AsyncDisposable {
  readonly #types: readonly DestinationType[];
  readonly #connections: ConnectionsByType;
  readonly #metrics: (name: DestinationName) => OnResponse;
  readonly #connected = new Map<object, Destination>();

  /** @param metrics counts the responses of a connection */
  constructor(
    types: readonly DestinationType[],
    connections: ConnectionsByType,
    metrics: (name: DestinationName) => OnResponse,
  ) {
    this.#types = types;
    this.#connections = connections;
    this.#metrics = metrics;
  }

  /** @throws ExportError `UnknownConnection` */
  find({ destination, connection: name }: DestinationName): Destination {
    const connection = findConnection(this.#connections, destination, name);
    const connected =
      this.#connected.get(connection) ??
      this.#type({ destination }).connect(
        connection,
        this.#metrics({ destination, connection: name }),
      );
    this.#connected.set(connection, connected);
    return connected;
  }

  /** The longest that any connection keeps retrying. */
  get longestGiveUpMs(): number {
    const names = this.#types.flatMap(({ type: destination }) =>
      Object.keys(this.#connections[destination] ?? {}).map((connection) => ({
        destination,
        connection,
      })),
    );
    return Math.max(0, ...names.map((name) => this.find(name).giveUp.afterMs));
  }

  /** The URL of the module with the request format of a destination. */
  format(name: Pick<DestinationName, 'destination'>): string {
    return this.#type(name).format.href;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const connected = [...this.#connected.values()];
    await Promise.all(connected.map((destination) => destination[Symbol.asyncDispose]()));
  }

  #type({ destination }: Pick<DestinationName, 'destination'>): DestinationType {
    const type = this.#types.find((each) => each.type === destination);
    if (type === undefined) throw new Error(`there is no destination type "${destination}"`);
    return type;
  }
}
