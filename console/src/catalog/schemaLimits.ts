/** What a schema holds its value to, apart from the type, in words. */
export function limitsOf(schema: Record<string, unknown>): string[] {
  const found: string[] = [];
  const say = (name: string, words: (value: string) => string) => {
    if (schema[name] !== undefined) found.push(words(JSON.stringify(schema[name])));
  };
  if (Array.isArray(schema.enum)) found.push(`one of ${schema.enum.map((one) => JSON.stringify(one)).join(', ')}`);
  say('const', (value) => `always ${value}`);
  if (typeof schema.format === 'string') found.push(schema.format);
  say('minimum', (value) => `at least ${value}`);
  say('exclusiveMinimum', (value) => `more than ${value}`);
  say('maximum', (value) => `at most ${value}`);
  say('exclusiveMaximum', (value) => `less than ${value}`);
  say('multipleOf', (value) => `a multiple of ${value}`);
  say('minLength', (value) => `${value} or more characters`);
  say('maxLength', (value) => `up to ${value} characters`);
  say('minItems', (value) => `${value} or more entries`);
  say('maxItems', (value) => `up to ${value} entries`);
  if (schema.uniqueItems === true) found.push('no entry twice');
  if (typeof schema.pattern === 'string') found.push(`matches ${schema.pattern}`);
  if (schema.additionalProperties === false) found.push('no other names');
  say('default', (value) => `${value} when left out`);
  if (['if', 'not', 'dependentRequired', 'dependentSchemas', 'contains', 'propertyNames'].some((name) => name in schema)) found.push('more rules in the schema');
  return found;
}
