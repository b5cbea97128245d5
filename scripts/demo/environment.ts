type Environment = Record<string, string | undefined>;

const OWN_HOSTS = ['127.0.0.1', 'localhost'];

/** All that the demo talks to is on this machine, whatever proxies are set. */
export function bypassProxies(env: Environment): void {
  for (const names of [['no_proxy', 'NO_PROXY'], ['no_grpc_proxy']]) {
    const given = names
      .flatMap((name) => env[name]?.split(',') ?? [])
      .filter((host) => host !== '');
    if (given.includes('*') || (given.length === 0 && names.includes('no_grpc_proxy'))) continue;
    const hosts = [...new Set([...given, ...OWN_HOSTS])].join(',');
    for (const name of names) env[name] = hosts;
  }
}

/** For a client of the demo's Temporal: what names another one must not reach it. */
export function temporalEnvironment(
  env: Environment,
  address: string,
  configFile: string,
): Environment {
  const others = Object.entries(env).filter(([name]) => !/^TEMPORAL_/.test(name));
  return {
    ...Object.fromEntries(others),
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_CONFIG_FILE: configFile,
  };
}
