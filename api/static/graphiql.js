// api: starts GraphiQL with a first question: what research, care and education know of type 2 diabetes.
"use strict";

const question = `# Type 2 diabetes in all three leaflets: press play.
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
