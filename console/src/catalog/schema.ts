import { limitsOf } from './schemaLimits';

/** One line of the table that a JSON Schema reads as. */
export interface Property {
  /** Unique in its table. */
  key: string;
  name: string;
  /** How deep it stands below data. */
  depth: number;
  type: string;
  required: boolean;
  deprecated: boolean;
  description: string;
  /** What its values are held to: "one of "a", "b"", "at least 0". */
  limits: string[];
}

type Json = Record<string, unknown>;

// A schema that is larger or deeper is for programs; the raw one shows the rest.
const mostRows = 400;
const mostDepth = 8;

/** The properties of a schema, those of objects within below them. `cut` says that there are more. */
export function propertiesOf(schema: unknown): { rows: Property[]; cut: boolean } {
  const reader = new Reader(schema);
  const whole = reader.resolve(schema);
  if (objectLike(whole)) reader.children(whole, '', 0, [whole]);
  else reader.row('data', schema, 'data', 0, true, []);
  return { rows: reader.rows.slice(0, mostRows), cut: reader.cut };
}

class Reader {
  rows: Property[] = [];
  cut = false;

  constructor(private readonly root: unknown) {}

  /** One property, and what is within it. `above` are the schemas that it stands in, which end a circle. */
  row(name: string, given: unknown, key: string, depth: number, required: boolean, above: unknown[]) {
    if (this.rows.length >= mostRows || depth > mostDepth) return void (this.cut = true);
    const schema = this.resolve(given);
    const circle = above.includes(schema);
    this.rows.push({
      key,
      name,
      depth,
      type: this.type(given) + (circle ? ', as above' : ''),
      required,
      deprecated: schema.deprecated === true,
      description: text(schema.description) || text(asObject(given).description) || (name.endsWith(text(schema.title)) ? '' : text(schema.title)),
      limits: limitsOf(schema),
    });
    if (circle) return;
    const within = [...above, schema];
    const items = this.items(schema);
    if (items && within.includes(items)) this.rows.at(-1)!.type += ', as above';
    else if (items) this.children(items, `${key}[]`, depth + 1, [...within, items]);
    this.children(schema, key, depth + 1, within);
  }

  /** What stands within an object: its properties, other names, and alternatives. */
  children(schema: Json, key: string, depth: number, above: unknown[]) {
    const required = Array.isArray(schema.required) ? schema.required : [];
    for (const [name, one] of Object.entries(asObject(schema.properties))) {
      this.row(name, one, `${key}.${name}`, depth, required.includes(name), above);
    }
    for (const [pattern, one] of Object.entries(asObject(schema.patternProperties))) {
      this.row(`names like ${pattern}`, one, `${key}/${pattern}`, depth, false, above);
    }
    if (isObject(schema.additionalProperties)) this.row('any other name', schema.additionalProperties, `${key}.*`, depth, false, above);
    if (Array.isArray(schema.prefixItems)) schema.prefixItems.forEach((one, place) => this.row(`entry ${place + 1}`, one, `${key}.${place}`, depth, false, above));
    this.alternatives(schema, key, depth, above);
  }

  private alternatives(schema: Json, key: string, depth: number, above: unknown[]) {
    const options = optionsOf(schema).filter((one) => this.resolve(one).type !== 'null');
    if (!options.some((one) => objectLike(this.resolve(one)))) return;
    // What may be null besides is one thing still, and needs no heading.
    const one = options.length === 1 ? this.resolve(options[0]) : null;
    if (one && !above.includes(one)) return this.children(one, `${key}|`, depth, [...above, one]);
    options.forEach((option, place) => this.row(`either ${nameOf(option) || `form ${place + 1}`}`, option, `${key}|${place}`, depth, false, above));
  }

  private items(schema: Json): Json | null {
    if (!isObject(schema.items)) return null;
    const items = this.resolve(schema.items);
    return objectLike(items) ? items : this.items(items);
  }

  /** Follows references within the document, and joins what allOf lists. */
  resolve(given: unknown): Json {
    let schema: unknown = given;
    for (let hops = 0; hops < 20; hops++) {
      const ref = asObject(schema).$ref;
      if (typeof ref !== 'string') break;
      schema = this.find(ref);
    }
    const found = asObject(schema);
    return Array.isArray(found.allOf) ? this.joined(found) : found;
  }

  private readonly joins = new Map<Json, Json>();

  private joined(schema: Json): Json {
    const known = this.joins.get(schema);
    if (known) return known;
    const { allOf, ...own } = schema;
    const all: Json = { ...own };
    this.joins.set(schema, all); // before its parts, which may lead back here
    const properties: Json = {};
    for (const part of allOf as unknown[]) {
      const { properties: more, required, ...rest } = this.resolve(part);
      for (const [name, value] of Object.entries(rest)) all[name] ??= value;
      Object.assign(properties, more);
      all.required = [...(Array.isArray(all.required) ? all.required : []), ...(Array.isArray(required) ? required : [])];
    }
    if (Object.keys(properties).length > 0) all.properties = { ...properties, ...asObject(own.properties) };
    return all;
  }

  private find(ref: string): unknown {
    if (!ref.startsWith('#')) return {};
    let at: unknown = this.root;
    for (const part of ref.split('/').slice(1)) {
      at = asObject(at)[plain(part).replaceAll('~1', '/').replaceAll('~0', '~')];
    }
    return at;
  }

  type(given: unknown, depth = 0): string {
    if (given === false) return 'nothing';
    const schema = this.resolve(given);
    const options = optionsOf(schema);
    if (options.length > 0 && schema.type === undefined) {
      return depth > 2 ? 'several' : [...new Set(options.map((one) => this.type(one, depth + 1)))].join(' or ');
    }
    const types = Array.isArray(schema.type) ? schema.type : [schema.type ?? implied(schema)];
    return types
      .map((one) => {
        if (one === 'array' && isObject(schema.items) && depth < 3) return `list of ${this.type(schema.items, depth + 1)}`;
        return one === 'array' ? 'list' : String(one);
      })
      .join(' or ');
  }
}

function implied(schema: Json): string {
  if (objectLike(schema)) return 'object';
  if (schema.items || schema.prefixItems) return 'array';
  const values = Array.isArray(schema.enum) ? schema.enum : 'const' in schema ? [schema.const] : [];
  return [...new Set(values.map((one) => (one === null ? 'null' : Array.isArray(one) ? 'array' : typeof one)))].join(' or ') || 'anything';
}

function optionsOf(schema: Json): unknown[] {
  return [schema.oneOf, schema.anyOf].flatMap((one) => (Array.isArray(one) ? one : []));
}

function nameOf(schema: unknown): string {
  const { title, $ref } = asObject(schema);
  return text(title) || (typeof $ref === 'string' ? plain($ref.split('/').at(-1) ?? '') : '');
}

function objectLike(schema: Json): boolean {
  return schema.type === 'object' || isObject(schema.properties) || isObject(schema.patternProperties) || isObject(schema.additionalProperties);
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asObject(value: unknown): Json {
  return isObject(value) ? value : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function plain(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
