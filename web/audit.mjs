// web: checks that a server conforms to GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/).
// Usage: `node audit.mjs URL`. Prints a JSON line for each audit: {id, name, status, reason}.
import { serverAudits } from "graphql-http";

const [url] = process.argv.slice(2);
for (const audit of serverAudits({ url, fetchFn: fetch })) {
  const { id, name, status, reason } = await audit.fn();
  console.log(JSON.stringify({ id, name, status, reason }));
}
