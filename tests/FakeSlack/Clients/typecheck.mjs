// Checks requests against Slack's official argument types. It stays: each input line is a list of requests,
// [{"method":"chat.postMessage","body":{...},"form":true}], and is answered by a line {"checked":1,"refused":["…"]}, so that the types
// are read once in a whole test run. With "form" every scalar came as text and structured arguments as JSON in text; both are undone
// by what the type wants. Blocks are checked a second time against KnownBlock, since the argument types let any block pass.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import path from 'node:path';
const require = createRequire(path.join(process.env.CLIENTS, 'package.json'));
const ts = require('typescript');

const structured = new Set(['blocks', 'attachments', 'view', 'metadata', 'files']);
const flags = new Set(['unfurl_links', 'unfurl_media', 'mrkdwn', 'is_private', 'exclude_archived', 'inclusive', 'include_all_metadata', 'include_users', 'prevent_creation', 'reply_broadcast']);
const numbers = new Set(['limit', 'length']);
const undo = (name, value, form) =>
  typeof value !== 'string' ? value
  : structured.has(name) ? JSON.parse(value)
  : form && flags.has(name) ? value === 'true'
  : form && numbers.has(name) ? Number(value)
  : value;

// Beside node_modules, where its imports are found; it is never written.
const file = path.join(process.env.CLIENTS, 'requests.ts');
let [text, version] = ['', 0];
const options = {
  strict: true, noEmit: true, skipLibCheck: true, types: ['node'],
  target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16,
};
const service = ts.createLanguageService({
  getCompilationSettings: () => options,
  getCurrentDirectory: () => process.env.CLIENTS,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  getScriptFileNames: () => [file],
  getScriptVersion: (name) => (name === file ? String(version) : '1'),
  getScriptSnapshot: (name) => {
    const source = name === file ? text : ts.sys.readFile(name);
    return source === undefined ? undefined : ts.ScriptSnapshot.fromString(source);
  },
  fileExists: (name) => name === file || ts.sys.fileExists(name),
  readFile: (name) => (name === file ? text : ts.sys.readFile(name)),
  readDirectory: ts.sys.readDirectory,
  directoryExists: ts.sys.directoryExists,
  getDirectories: ts.sys.getDirectories,
  realpath: ts.sys.realpath,
});

const check = (requests) => {
  const lines = [
    `import type { WebClient } from '@slack/web-api';`,
    `import type { KnownBlock } from '@slack/types';`,
    `import type { RespondArguments } from '@slack/bolt';`,
    `type Arguments<F> = F extends (given: infer A) => unknown ? A : F extends (given?: infer A) => unknown ? NonNullable<A> : never;`,
  ];
  const requestOfLine = new Map();
  const emit = (request, code) => { requestOfLine.set(lines.length, request); lines.push(code); };
  requests.forEach((request, i) => {
    const body = Object.fromEntries(Object.entries(request.body).map(([name, value]) => [name, undo(name, value, request.form)]));
    const method = request.method.split('.').map((part) => `['${part}']`).join('');
    const type = request.method === 'response_url' ? 'RespondArguments' : `Arguments<WebClient${method}>`;
    emit(request, `export const r${i}: ${type} = ${JSON.stringify(body)};`);
    const blocks = [body.blocks, body.view?.blocks, ...(body.attachments ?? []).map((one) => one.blocks)].filter(Boolean).flat();
    blocks.forEach((block, j) => emit(request, `export const r${i}_${j}: KnownBlock = ${JSON.stringify(block)};`));
  });
  [text, version] = [lines.join('\n') + '\n', version + 1];
  return [...service.getCompilerOptionsDiagnostics(), ...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)].map((problem) => {
    const said = ts.flattenDiagnosticMessageText(problem.messageText, ' ');
    if (problem.file?.fileName !== file) return said;
    const request = requestOfLine.get(problem.file.getLineAndCharacterOfPosition(problem.start).line);
    return `${request?.method}: ${said}\n    ${JSON.stringify(request?.body).slice(0, 400)}`;
  });
};

for await (const line of createInterface({ input: process.stdin })) {
  const requests = JSON.parse(line);
  console.log(JSON.stringify({ checked: requests.length, refused: check(requests) }));
}
