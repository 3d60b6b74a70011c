/** How the schemas of builds are named: `chats_v1` is the first of its version, `chats_v1_b2` the second. */

export const firstSchema = (projection: string, version: number): string => `${projection}_v${version}`;

/** A regular expression, for Postgres and for JavaScript. */
export const build_schema_pattern = '^[a-z_]+_v[0-9]+(_b[0-9]+)?$';

export const projectionOfSchema = (schema: string): string => schema.replace(/_v[0-9]+(_b[0-9]+)?$/, '');

/** NaN of what is no build's schema. */
export const versionOfSchema = (schema: string): number =>
  Number(/_v([0-9]+)(?:_b[0-9]+)?$/.exec(schema)?.[1]);
