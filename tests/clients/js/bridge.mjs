// Calls the unmodified SDK for tests/clients/typescript.py.
// One JSON line in, {"call": "links.create", "args": [...], "pages": 3?}; one JSON line out,
// {"result": ...} or {"error": {"name", "status", "code", "message"}}. Started with URL and key.

import { createInterface } from "node:readline";
import { Dub } from "dub";

const [serverURL, token, retries] = process.argv.slice(2);
const retryConfig = retries
  ? {
      strategy: "backoff",
      backoff: { initialInterval: 20, maxInterval: 100, exponent: 1.5, maxElapsedTime: 5000 },
    }
  : { strategy: "none" };
const dub = new Dub({ serverURL, token, retryConfig });

async function called({ call, args, pages }) {
  const path = call.split(".");
  const method = path.pop();
  const group = path.reduce((object, name) => object[name], dub);
  const answer = await group[method](...args);
  return pages ? await collected(answer, pages) : answer;
}

async function collected(answer, most) {
  const found = [];
  for await (const page of answer) {
    found.push(page.result);
    if (found.length === most) break;
  }
  return found;
}

function described(error) {
  return {
    name: error.constructor.name,
    status: error.statusCode,
    code: error.error?.code,
    message: error.message,
    cause: error.cause?.message,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  let said;
  try {
    said = { result: await called(JSON.parse(line)) };
  } catch (error) {
    said = { error: described(error) };
  }
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
