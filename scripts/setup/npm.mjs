import { delimiter } from 'node:path';
import { lastLines, runChild } from './child.mjs';
import { startProgress } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

const ARGUMENTS = ['ci', '--include=dev', '--no-audit', '--no-fund'];
const SHOWN_LINES = 15;

// Options meant for the outer command (`npm run --silent`, `npm test --omit=dev`) reach us as
// variables, and the nested npm would obey them. What describes the machine stays: registry,
// proxy, cache, certificates, and the decision not to run install scripts.
const OF_THE_OUTER_NPM =
  /^(npm_(lifecycle_\w+|package_\w+|command|execpath|node_execpath)|npm_config_(loglevel|silent|quiet|verbose|omit|include|only|also|dev|production|optional|global|location|prefix|local_prefix|global_prefix|dry_run|json|parseable|long|workspaces?|include_workspace_root|package_lock|package_lock_only|install_strategy|global_style|legacy_bundling|if_present|force|call|user_agent))$/i;

const HINTS = [
  [
    /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|FETCH_ERROR|EIDLETIMEOUT)\b/,
    'npm could not reach its package registry. Check the network and the proxy (`npm config list`), then run the command again.',
  ],
  [
    /\b(E401|E403|ENEEDAUTH|E5\d\d)\b/,
    'The package registry refused the request. Check `npm config list` and the registry’s access, then run the command again.',
  ],
  [
    /can only install packages when your package\.json and package-lock\.json|in sync/,
    'package.json and package-lock.json do not match. Run `npm install`, then the command again.',
  ],
  [/\b(EACCES|EPERM|EROFS)\b/, 'npm could not write. Make the folder writable for this user.'],
  [/\bENOSPC\b/, 'The disk is full. The dependencies need about 800 MB.'],
];

/** Installs what package-lock.json says, or throws with npm's last output. */
export async function npmCi(root, env, say) {
  say('installing dependencies with `npm ci`: once, usually half a minute to two minutes');
  const stop = startProgress('npm ci', say);
  const result = await runChild('npm', ARGUMENTS, { cwd: root, env: npmEnvironment(env) })
    .catch(explainStart)
    .finally(stop);
  if (result.code === 0) {
    say(`dependencies installed in ${stop()} s`);
    return;
  }
  const how = result.code === null ? `ended by ${result.signal}` : `exit code ${result.code}`;
  const hint = HINTS.find(([pattern]) => pattern.test(result.output));
  throw new SetupError(
    [
      `\`npm ${ARGUMENTS.join(' ')}\` failed (${how}). Its last lines:`,
      lastLines(withoutNoise(result.output), SHOWN_LINES).replace(/^/gm, '  | ') ||
        '  | (it printed nothing)',
      hint?.[1] ?? 'Fix this, then run the command again.',
    ].join('\n'),
  );
}

function explainStart(error) {
  if (error.name === 'Interrupted') throw error;
  throw new SetupError(
    error.code === 'ENOENT'
      ? 'npm was not found on the PATH, and the dependencies are not installed yet.\n' +
          'npm comes with Node: install Node 20 or newer together with npm.'
      : `npm could not be started: ${error.message}`,
  );
}

// Warnings about engines, and the usage or the stack that npm adds to an error, hide the reason.
function withoutNoise(output) {
  return output
    .replace(/^npm error Clean install a project[\s\S]*/m, '')
    .replace(/^npm (warn .*|error( +at .*)?)$\n?/gm, '');
}

/** The environment for an npm inside an npm script: as if it had been started by hand. */
function npmEnvironment(env) {
  const clean = Object.fromEntries(
    Object.entries(env).filter(([name]) => !OF_THE_OUTER_NPM.test(name)),
  );
  clean.PATH = (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !/[\\/](node_modules[\\/]\.bin|node-gyp-bin)$/.test(folder))
    .join(delimiter);
  clean.npm_config_loglevel = 'warn';
  // Some packages want a newer Node than the one that runs npm: the pinned one is new enough.
  clean.npm_config_engine_strict = 'false';
  return clean;
}
