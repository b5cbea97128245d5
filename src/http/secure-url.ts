const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** An address that keys may be sent to, or what is wrong with it. `https://` may be left out. */
export function parseSecureUrl(
  text: string,
  example: string,
): { readonly url: URL } | { readonly problem: string } {
  const url = URL.parse(text.includes('://') ? text : `https://${text}`);
  if (url === null) return { problem: `must be a URL such as ${example}` };
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && LOOPBACK.test(url.hostname))) {
    return { problem: 'must be https (plain http only for this machine itself)' };
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return { problem: 'must hold no user, password, query or fragment' };
  }
  return { url };
}
