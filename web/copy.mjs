// web: copies the files that GraphiQL needs in a browser, and their licences, to api/static/vendor.
import { copyFileSync, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const there = join(here, "..", "api", "static", "vendor");
const files = {
  "graphiql/graphiql.min.js": "",
  "graphiql/graphiql.min.css": "",
  "react/umd/react.production.min.js": "",
  "react-dom/umd/react-dom.production.min.js": "",
  "graphiql/LICENSE": "LICENSE.graphiql.txt",
  "react/LICENSE": "LICENSE.react.txt",
};

mkdirSync(there, { recursive: true });
for (const [file, name] of Object.entries(files)) {
  copyFileSync(join(here, "node_modules", file), join(there, name || basename(file)));
}
