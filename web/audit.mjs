// web: asks a server all that GraphQL over HTTP requires (https://graphql.github.io/graphql-over-http/draft/).
// Prints one line of JSON for each audit, {id, name, status, reason}; `node audit.mjs URL`.
import { serverAudits } from "graphql-http";

const [url] = process.argv.slice(2);
for (const audit of serverAudits({ url, fetchFn: fetch })) {
  const { id, name, status, reason } = await audit.fn();
  console.log(JSON.stringify({ id, name, status, reason }));
}
