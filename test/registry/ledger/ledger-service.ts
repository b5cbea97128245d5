import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Members } from '../../destinations/members.ts';
import { startServer } from '../../support/servers.ts';

const LINE = /^(?<sign>[+-]) (?<kind>user|device|alias:[^ ]+) (?<id>[0-9A-F]{1,64})$/;
const LINES_PER_REQUEST = 7;

/** Responds to a request in place of the service; `goOn` leaves it to the service. */
export type Answer = (request: IncomingMessage, response: ServerResponse, goOn: () => void) => void;

export interface LedgerService extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  /** Sorted, as requests overtake each other. */
  members(page: string): Members;
  /** The bodies of all requests to a page, in order. */
  bodies(page: string): readonly string[];
  answerNext(answer: Answer): void;
}

/** A Ledger with its own idea of what is valid: it shares no code with the destination. */
export async function startLedger(): Promise<LedgerService> {
  const token = 'the-token-of-the-ledger';
  const pages = new Map<string, Set<string>>();
  const bodies = new Map<string, string[]>();
  const answers: Answer[] = [];

  /** The status of the response to a request. */
  const change = (page: string, body: string): number => {
    const lines = body.split('\n').slice(0, -1);
    if (page === '' || !body.endsWith('\n') || lines.length > LINES_PER_REQUEST) return 400;
    const changes = lines.map((line) => LINE.exec(line)?.groups);
    if (changes.includes(undefined)) return 422;
    const members = pages.get(page) ?? new Set();
    pages.set(page, members);
    for (const { sign, kind, id } of changes.filter((each) => each !== undefined)) {
      if (sign === '+') members.add(`${kind} ${id}`);
      else members.delete(`${kind} ${id}`);
    }
    return 202;
  };
  const server = await startServer(async (request, response) => {
    const page = decodeURIComponent(/^\/pages\/([^/]+)$/.exec(request.url ?? '')?.[1] ?? '');
    const body = await text(request);
    bodies.set(page, [...(bodies.get(page) ?? []), body]);
    const goOn = () => {
      const isKnown = request.headers.authorization === `Bearer ${token}`;
      response.writeHead(isKnown ? change(page, body) : 401).end();
    };
    const answer = answers.shift();
    if (answer === undefined) goOn();
    else answer(request, response, goOn);
  });

  const members = (page: string) => {
    const all = [...(pages.get(page) ?? [])].sort().map((member) => member.split(' '));
    const of = (wanted: RegExp) => all.filter(([kind = '']) => wanted.test(kind));
    return {
      userIds: of(/^user$/).map(([, id = '']) => id),
      deviceIds: of(/^device$/).map(([, id = '']) => id),
      aliases: of(/^alias:/).map(([kind = '', name = '']) => {
        return { label: decodeURIComponent(kind.replace('alias:', '')), name };
      }),
    };
  };
  return {
    ...server,
    token,
    members,
    bodies: (page) => bodies.get(page) ?? [],
    answerNext: (answer) => answers.push(answer),
  };
}
