// What the client tests share: each check is named, and the first that fails
// ends the run.
import assert from 'node:assert/strict';

export const patience = 20_000;

export async function check(name, run) {
  const timeout = setTimeout(() => fail(name, new Error('it never came to an end')), patience);
  try {
    await run();
    console.log(`ok ${name}`);
  } catch (err) {
    fail(name, err);
  } finally {
    clearTimeout(timeout);
  }
}

function fail(name, err) {
  console.error(`failed ${name}:`, err);
  process.exit(1);
}

// collect subscribes and gathers what comes until the end.
export function collect(client, request, onNext = () => {}) {
  return new Promise((resolve) => {
    const results = [];
    const unsubscribe = client.subscribe(request, {
      next: (result) => {
        results.push(result);
        onNext(result, unsubscribe);
      },
      error: (error) => resolve({ results, error }),
      complete: () => resolve({ results }),
    });
  });
}

export { assert };
