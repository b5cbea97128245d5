import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Hono } from 'hono';

/** `/`: one HTML document with its style and script inside; nothing is loaded from elsewhere. */
export function page(): Hono {
  const style = part('page.css') + part('tables.css');
  const script = part('page.js');
  const html = part('page.html')
    .replace('/* page.css */', () => style)
    .replace('/* page.js */', () => script);
  // Cohort names come from outside: even if one got into the page as markup, it could not run.
  const policy = [
    "default-src 'none'",
    `style-src '${digest(style)}'`,
    `script-src '${digest(script)}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return new Hono().get('/', (c) =>
    c.html(html, 200, { 'content-security-policy': policy, 'cache-control': 'no-store' }),
  );
}

function part(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

/** As a content security policy names the text between `<style>` or `<script>` and its end. */
function digest(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
