const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** An address that keys may be sent to, or what is wrong with it. `https://` may be left out. */
export function parseSecureUrl(
  text: string,
  example: string,
): { readonly url: URL } | { readonly problem: string } {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (url === null) return { problem: `must be a URL such as ${example}` };
  if (!isSecure(url)) {
    return { problem: 'must be an https URL (http is allowed only for a loopback host)' };
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return { problem: 'must not contain a user, password, query or fragment' };
  }
  return { url };
}

/** Whether a text is a URL that data may be sent to, whatever its path and query. */
export function isSecureUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && isSecure(url);
}

function isSecure({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}
