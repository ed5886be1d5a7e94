// api: starts GraphiQL with an example query on type 2 diabetes in research, care and education.
"use strict";

const question = `# Type 2 diabetes in research, care and education. Press play to run the query.
{
  concept(id: "MONDO:0005148") {
    label
    synonyms(languages: ["nl", "en"]) {
      text
      language
    }
    parents {
      nodes { id label }
    }
    mappings {
      nodes { predicate concept { id } }
    }
    studies(first: 5) {
      totalCount
      nodes { id title }
    }
    courses(first: 5) {
      totalCount
      nodes { id title }
    }
    patients {
      count
      withheld
    }
  }
}
`;

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher: GraphiQL.createFetcher({ url: "/graphql" }),
    defaultQuery: question,
    shouldPersistHeaders: false,
  }),
);
