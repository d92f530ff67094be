// Checks requests against Slack's official argument types. usage: node typecheck.mjs WORK_FOLDER < requests
// Each input line: {"method":"chat.postMessage","body":{...},"form":true}. With "form" every scalar came as text and structured
// arguments as JSON in text; both are undone by what the type wants. Blocks are checked a second time against KnownBlock, since
// the argument types let any block pass. Prints one line per refusal; exits 1 if there is any.
import { readFileSync, writeFileSync, mkdirSync, symlinkSync, existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
const work = process.argv[2];
mkdirSync(work, { recursive: true });
if (!existsSync(path.join(work, 'node_modules'))) symlinkSync(path.join(process.env.CLIENTS, 'node_modules'), path.join(work, 'node_modules'));

const structured = new Set(['blocks', 'attachments', 'view', 'metadata', 'files']);
const flags = new Set(['unfurl_links', 'unfurl_media', 'mrkdwn', 'is_private', 'exclude_archived', 'inclusive', 'include_all_metadata', 'include_users', 'prevent_creation', 'reply_broadcast']);
const numbers = new Set(['limit', 'length']);
const undo = (name, value, form) =>
  typeof value !== 'string' ? value
  : structured.has(name) ? JSON.parse(value)
  : form && flags.has(name) ? value === 'true'
  : form && numbers.has(name) ? Number(value)
  : value;

const requests = readFileSync(0, 'utf8').split('\n').filter((line) => line.trim()).map((line) => JSON.parse(line));
const lines = [
  `import type { WebClient } from '@slack/web-api';`,
  `import type { KnownBlock } from '@slack/types';`,
  `type Arguments<F> = F extends (given: infer A) => unknown ? A : F extends (given?: infer A) => unknown ? NonNullable<A> : never;`,
];
const requestOfLine = new Map();
const emit = (request, code) => { lines.push(code); requestOfLine.set(lines.length, request); };
requests.forEach((request, i) => {
  const body = Object.fromEntries(Object.entries(request.body).map(([name, value]) => [name, undo(name, value, request.form)]));
  const method = request.method.split('.').map((part) => `['${part}']`).join('');
  emit(request, `export const r${i}: Arguments<WebClient${method}> = ${JSON.stringify(body)};`);
  const blocks = [body.blocks, body.view?.blocks, ...(body.attachments ?? []).map((one) => one.blocks)].filter(Boolean).flat();
  blocks.forEach((block, j) => emit(request, `export const r${i}_${j}: KnownBlock = ${JSON.stringify(block)};`));
});
writeFileSync(path.join(work, 'requests.ts'), lines.join('\n') + '\n');
writeFileSync(path.join(work, 'tsconfig.json'), JSON.stringify({
  compilerOptions: { strict: true, noEmit: true, skipLibCheck: true, target: 'ES2022', module: 'node16', moduleResolution: 'node16', types: ['node'] },
  files: ['requests.ts'],
}));
const tsc = spawnSync(process.execPath, [path.join(work, 'node_modules/typescript/bin/tsc'), '-p', work, '--pretty', 'false'], { encoding: 'utf8', cwd: work });
const refused = new Set();
for (const line of (tsc.stdout + tsc.stderr).split('\n')) {
  const found = /requests\.ts\((\d+),\d+\): (.*)/.exec(line);
  if (found) {
    const request = requestOfLine.get(Number(found[1]));
    refused.add(request);
    console.log(`${request?.method}: ${found[2]}\n    ${JSON.stringify(request?.body).slice(0, 400)}`);
  } else if (line.trim()) console.log('    ' + line.trim());
}
console.log(`${requests.length} requests, ${refused.size} refused`);
process.exit(refused.size || tsc.status ? 1 : 0);
