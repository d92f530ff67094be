// Evaluates expressions with GitHub's own evaluator: a line {"expr", "contexts"} in, a line as `incident runbook eval --batch` writes it out.
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const entry = join(process.env.PACKAGES, "node_modules", "@actions", "expressions", "dist", "index.js");
const { data, Evaluator, Lexer, Parser } = await import(pathToFileURL(entry).href);
const kinds = Object.entries(data.Kind).reduce((names, [name, kind]) => names.set(kind, name), new Map());

function evaluate(expression, contexts) {
  const known = JSON.parse(JSON.stringify(contexts), data.reviver);
  let stage = "lexing";
  try {
    const { tokens } = new Lexer(expression).lex();
    stage = "parsing";
    const names = known.pairs().map((pair) => pair.key);
    const tree = new Parser(tokens, names, []).parse();
    stage = "evaluation";
    return answer(tree === undefined ? new data.Null() : new Evaluator(tree, known).evaluate());
  } catch (fault) {
    return { error: stage, message: fault.message };
  }
}

function answer(result) {
  const kind = kinds.get(result.kind) === "Dictionary" ? "Object" : kinds.get(result.kind);
  const written = { kind, value: JSON.parse(JSON.stringify(result, data.replacer)) };
  if (kind === "Number" && !Number.isFinite(result.value)) written.text = String(result.value);
  return written;
}

for await (const line of createInterface({ input: process.stdin })) {
  const { expr, contexts } = JSON.parse(line);
  process.stdout.write(JSON.stringify(evaluate(expr, contexts ?? {})) + "\n");
}
