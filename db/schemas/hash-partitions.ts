/** Few enough to plan quickly, enough for vacuum and index builds to work in pieces. Frozen with the schemas. */
const partitions_count = 8;

/** The statements that make a hash-partitioned table's partitions: `<table>_0` to `<table>_7`. */
export function hashPartitions(schema: string, table: string): string {
  return Array.from(
    { length: partitions_count },
    (_, remainder) =>
      `create table ${schema}.${table}_${remainder} partition of ${schema}.${table} ` +
      `for values with (modulus ${partitions_count}, remainder ${remainder});`,
  ).join('\n');
}
