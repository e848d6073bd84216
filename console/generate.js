// Writes src/gql: types of the API and typed documents of every graphql(`…`) in the
// sources, from the schema that the server itself is built of.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codegen } from '@graphql-codegen/core';
import { preset } from '@graphql-codegen/client-preset';
import { CodeFileLoader } from '@graphql-tools/code-file-loader';
import { GraphQLFileLoader } from '@graphql-tools/graphql-file-loader';
import { loadDocuments, loadTypedefs } from '@graphql-tools/load';
import { buildASTSchema, concatAST } from 'graphql';

const out = 'src/gql/';
const sources = await loadTypedefs('../graph/schema/*.graphqls', { loaders: [new GraphQLFileLoader()], sort: true });
const schema = concatAST(sources.map((source) => source.document));
const documents = await loadDocuments(['src/**/*.{ts,tsx}', '!src/gql/**'], {
  loaders: [new CodeFileLoader({ pluckConfig: { skipIndent: true } })],
  sort: true,
});
const outputs = await preset.buildGeneratesSection({
  baseOutputDir: out,
  schema,
  schemaAst: buildASTSchema(schema),
  documents,
  config: {
    useTypeImports: true,
    enumsAsTypes: true,
    avoidOptionals: { field: true, inputValue: false },
    strictScalars: true,
    scalars: { Time: 'string', Duration: 'string', JSON: 'unknown' },
  },
  presetConfig: { fragmentMasking: false },
  plugins: [],
  pluginMap: {},
});
await rm(out, { recursive: true, force: true });
for (const output of outputs) {
  await mkdir(dirname(output.filename), { recursive: true });
  await writeFile(output.filename, await codegen(output));
}
